"""The equations of the LSTM in plain numpy, in double precision: what every other number is held against.

Slow, and meant to be read. Nothing here imports Keras, so that agreement with Keras says something.

References
----------
.. [1] S. Hochreiter, J. Schmidhuber, "Long Short-Term Memory", Neural Computation 9 (8), 1997.
.. [2] F. Gers, J. Schmidhuber, F. Cummins, "Learning to Forget: Continual Prediction with LSTM", Neural
   Computation 12 (10), 2000: the forget gate. Keras computes this form, without peepholes.
.. [3] Keras, ``keras/src/layers/rnn/lstm.py`` (the order i, f, g, o of the kernels) and
   ``keras/src/activations/activations.py`` (the activations, and ``hard_sigmoid`` since Keras 3).
.. [4] Keras 2, ``keras/backend/tensorflow_backend.py``, ``hard_sigmoid``: clip(0.2·x + 0.5, 0, 1).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lstm_viz.signals import SIGNALS

Array = NDArray[np.float64]


def _elu(x: Array) -> Array:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def _sigmoid(x: Array) -> Array:
    return 0.5 * (1 + np.tanh(x / 2))  # the same function as 1/(1 + exp(−x)), and it never overflows


def _softmax(x: Array) -> Array:
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "elu": _elu,
    "exponential": np.exp,
    "hard_sigmoid": lambda x: np.clip(x + 3, 0, 6) / 6,
    "hard_sigmoid (Keras 2)": lambda x: np.clip(0.2 * x + 0.5, 0, 1),
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "selu": lambda x: 1.05070098735548049342 * np.where(x > 0, x, 1.67326324235437728481 * _elu(x)),
    "sigmoid": _sigmoid,
    "silu": lambda x: x * _sigmoid(x),
    "softmax": _softmax,
    "softplus": lambda x: np.logaddexp(x, 0),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "tanh": np.tanh,
}
"""Activations by the names that :class:`lstm_viz.LSTMLayer` gives them."""


def lstm(
    x: ArrayLike,
    kernel: ArrayLike,
    recurrent_kernel: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    h0: ArrayLike | None = None,
    c0: ArrayLike | None = None,
    activation: str = "tanh",
    recurrent_activation: str = "sigmoid",
    go_backwards: bool = False,
    mask: ArrayLike | None = None,
    resets: ArrayLike | None = None,
) -> dict[str, Array]:
    """Run one LSTM over sequences.

    With σ the recurrent activation, h' and c' the state before a timestep [1]_ [2]_::

        i = σ(x·Wi + h'·Ui + bi)      f = σ(x·Wf + h'·Uf + bf)      o = σ(x·Wo + h'·Uo + bo)
        g = tanh(x·Wg + h'·Ug + bg)   c = f ⊙ c' + i ⊙ g            h = o ⊙ tanh(c)

    Parameters
    ----------
    x : array, shape (samples, timesteps, features)
    kernel : array, shape (features, 4 · units)
        Wi, Wf, Wg and Wo side by side, as Keras stores them [3]_.
    recurrent_kernel : array, shape (units, 4 · units)
        Ui, Uf, Ug and Uo side by side.
    bias : array, shape (4 · units,), or None
        bi, bf, bg and bo; None for zeros.
    h0, c0 : array, shape (samples, units), or None
        The state before the first processed timestep; None for zeros.
    activation, recurrent_activation : str
        Keys of :data:`ACTIVATIONS`; ``"hard_sigmoid"`` is that of Keras 3 [3]_, ``"hard_sigmoid (Keras 2)"``
        the older one [4]_.
    go_backwards : bool
        Process the last timestep first. The results stay in the input's time.
    mask : array of bool, shape (samples, timesteps), or None
        False where a timestep is skipped: the state stays, and the gates are NaN.
    resets : array of bool, shape (samples, timesteps), or None
        True where h and c become zero just before the timestep is processed.

    Returns
    -------
    dict of str to ndarray, each (samples, timesteps, units)
        The six signals by their letters ``i f g o c h``.

    Raises
    ------
    KeyError
        An activation of another name.
    ValueError
        Shapes that do not fit together.
    """
    x, kernel, recurrent_kernel = (np.asarray(a, np.float64) for a in (x, kernel, recurrent_kernel))
    samples, timesteps, _ = x.shape
    units = recurrent_kernel.shape[0]
    bias = np.zeros(4 * units) if bias is None else np.asarray(bias, np.float64)
    mask = np.ones((samples, timesteps), bool) if mask is None else np.asarray(mask, bool)
    resets = np.zeros((samples, timesteps), bool) if resets is None else np.asarray(resets, bool)
    h, c = (np.zeros((samples, units)) if s is None else np.array(s, np.float64) for s in (h0, c0))
    gate, act = ACTIVATIONS[recurrent_activation], ACTIVATIONS[activation]

    found = {name: np.empty((samples, timesteps, units)) for name in SIGNALS}
    for t in reversed(range(timesteps)) if go_backwards else range(timesteps):
        h[resets[:, t]] = c[resets[:, t]] = 0
        z_i, z_f, z_g, z_o = np.split(x[:, t] @ kernel + h @ recurrent_kernel + bias, 4, axis=-1)
        i, f, g, o = gate(z_i), gate(z_f), act(z_g), gate(z_o)
        computed = mask[:, t, None]
        c = np.where(computed, f * c + i * g, c)
        h = np.where(computed, o * act(c), h)
        for name, values in zip(SIGNALS, (i, f, g, o, c, h), strict=True):
            found[name][:, t] = values if name in "ch" else np.where(computed, values, np.nan)
    return found
