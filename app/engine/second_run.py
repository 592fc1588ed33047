"""The run that is compared with the first one: made of the same data, and stepped after it."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from app.engine.runs import OpenModel, Run, warm_up
from app.run_plan import RunSettings
from lstm_viz.alignment import Alignment
from lstm_viz.comparison import layer_to_compare
from lstm_viz.errors import ModelError
from lstm_viz.trace import Trace
from lstm_viz.trace_opening import remove_recording

if TYPE_CHECKING:
    from lstm_viz.stepper import Stepper


class SecondRun:
    """A second run of the same data.

    Parameters
    ----------
    run : Run
    model : OpenModel
    path : str or None
        The file of its model; None where it is the model of the first run.

    Attributes
    ----------
    generation : int
        Of the newest command that it answers.
    """

    def __init__(self, run: Run, model: OpenModel, path: str | None) -> None:
        self.run, self.model = run, model
        self.generation = 0
        self._file = path, _changed_at(path)
        self._alignment: Alignment | None = None

    # -- making it ----------------------------------------------------------------------------------

    def model_at(self, path: str | None) -> OpenModel | None:
        """Return its model where that is of this file, and the file is as it was."""
        return self.model if path is not None and (path, _changed_at(path)) == self._file else None

    def reconfigure(self, model: OpenModel, settings: RunSettings) -> bool:
        """Go on under other settings of a model; return False where that needs a new recording."""
        before, stepper = self.run.settings, self.run.stepper
        alike = replace(settings, resets=before.resets, stateful=before.stateful) == before
        if model is not self.model or not alike:
            return False
        stepper.reconfigure(replace(stepper.plan, stateful=settings.stateful, resets=settings.resets))
        warm_up(stepper)
        self.run = Run(stepper, settings, self.run.folder)
        return True

    def check_alike(self, first: Stepper) -> None:
        """Refuse a model of which no layer can be laid beside one of the first run's.

        Raises
        ------
        ModelError
            The recording is removed.
        """
        a, b = first.trace, self.run.stepper.trace
        if not any(layer_to_compare(a, path, b) for path in a.layers):
            remove_recording(self.run.folder)
            raise ModelError(
                f"No LSTM of this model can be laid beside one of the first model: it has {_sizes(b)}, "
                f"the first one has {_sizes(a)}.",
                "Choose a model with an LSTM of the same number of units.",
            )

    # -- stepping it --------------------------------------------------------------------------------

    def behind(self, first: Stepper) -> bool:
        """Whether the first run has samples and timesteps that this one lacks."""
        return self.run.stepper.trace.count < self._steps_needed(first)

    def follow(self, first: Stepper, seconds: float) -> None:
        """Compute for so long towards what the first run has."""
        self.run.stepper.run(until=self._steps_needed(first), seconds=seconds)

    def _steps_needed(self, first: Stepper) -> int:
        a, b = first.plan, self.run.stepper.plan
        if self._alignment is None or self._alignment.a is not a or self._alignment.b is not b:
            self._alignment = Alignment(a, b)
        return self._alignment.steps_needed(first.trace.count)


def _changed_at(path: str | None) -> int | None:
    """Return when a file was changed last; None where there is none."""
    try:
        return None if path is None else os.stat(path).st_mtime_ns
    except OSError:
        return None


def _sizes(trace: Trace) -> str:
    """Say the sizes of a model's LSTM layers: ``"4 units over 3 timesteps"``."""
    found = sorted({(layer.layer.units, layer.timesteps) for layer in trace.layers.values()})
    return ", ".join(f"{units} units over {timesteps} timesteps" for units, timesteps in found) or "none"
