"""Running a model over all of its data in one go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.plan import Resets
from lstm_viz.stepper import Stepper
from lstm_viz.trace import Trace


def record(
    model: Any,
    inputs: Any,
    *,
    batch_size: int | None = None,
    stateful: bool = False,
    resets: Resets | None = None,
    lengths: Sequence[int] | NDArray[np.integer] | None = None,
    padded: bool = False,
    progress: Callable[[float], None] | None = None,
) -> Trace:
    """Run a model over all samples once and record every signal.

    Parameters
    ----------
    model : LoadedModel or keras.Model
    inputs : array, sequence or dict of arrays, or Dataset
        ``(samples, timesteps, features)``, or one for each input of the model, in its order or by name.
    batch_size, stateful, resets, lengths, padded
        As for :class:`Stepper`.
    progress : callable, optional
        Called with the fraction done; what it raises stops the run.

    Returns
    -------
    Trace

    Raises
    ------
    ModelError, DataError, PlanError
        As for :class:`Stepper`. A model without any LSTM gives a trace of its outputs alone.

    Examples
    --------
    >>> import lstm_viz, numpy as np
    >>> from lstm_viz.examples import example
    >>> model = lstm_viz.load_model(example("next_value").model_path)
    >>> trace = lstm_viz.record(model, np.zeros((6, 3, 1)), batch_size=2, stateful=True)
    >>> trace.outputs[0].shape  # samples, values
    (6, 1)
    >>> layer = trace.layers["lstm"]
    >>> layer.c.shape, layer.f.dtype  # samples, timesteps, units
    ((6, 3, 4), dtype('float32'))
    >>> bool((layer.initial_h[2] == layer.h[0, -1]).all())  # sample 2 goes on in the row of sample 0
    True
    """
    stepper = Stepper(
        model,
        inputs,
        batch_size=batch_size,
        stateful=stateful,
        resets=resets,
        lengths=lengths,
        padded=padded,
    )
    stepper.run(progress=progress)
    return stepper.trace
