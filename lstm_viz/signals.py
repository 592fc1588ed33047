"""The six signals of an LSTM, their order, and the order of axes everywhere in this package.

Signals
    ``i f g o c h``: input gate, forget gate, candidate (Keras writes c̃), output gate, cell state,
    hidden state. Arrays that hold all six have them in this order. (Keras keeps its kernels in the
    order i, f, g, o; the first four agree.)

Axes
    Public arrays are ``(samples, timesteps, units)``. A *sample* indexes the dataset, a *row* indexes
    the batch; :class:`lstm_viz.Plan` maps one to the other. Recordings are stored as
    ``(steps, rows, signals, units)``: one step is one timestep of one batch, in the order in which
    the run visits them.
"""

from __future__ import annotations

SIGNALS = ("i", "f", "g", "o", "c", "h")
GATES = ("i", "f", "o")

NAMES = {
    "i": "input gate",
    "f": "forget gate",
    "g": "candidate",
    "o": "output gate",
    "c": "cell state",
    "h": "hidden state",
}

I, F, G, O, C, H = range(6)  # noqa: E741 - the field's own letters, as indices into the signal axis
