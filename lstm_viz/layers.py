"""The LSTM layers of a Keras model: where they are, and what they are called here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LSTMLayer:
    """One LSTM as it is called once in a model.

    Parameters
    ----------
    path : str
        Its name in the model: ``"lstm_1"``, ``"bidirectional/forward_lstm"``, ``"encoder/lstm"`` in a
        nested model, ``"rnn/lstm_cell_1"`` for one of several stacked cells, ``"lstm@2"`` for the
        second call of a shared layer.
    units : int
    input_dim : int
        Features of its input.
    go_backwards : bool
        It reads the sequence from its end.
    return_sequences : bool
    activation, recurrent_activation : str
        As Keras names them; ``"hard_sigmoid (Keras 2)"`` for the old formula.
    use_bias : bool
    parent : str or None
        Class of the wrapper around it: ``"Bidirectional"``, ``"RNN"``, ``"StackedRNNCells"``; None for
        a plain LSTM.
    """

    path: str
    units: int
    input_dim: int
    go_backwards: bool = False
    return_sequences: bool = True
    activation: str = "tanh"
    recurrent_activation: str = "sigmoid"
    use_bias: bool = True
    parent: str | None = None

    @property
    def parameter_count(self) -> int:
        """Number of weights: 4·(features·units + units² + units)."""
        bias = self.units if self.use_bias else 0
        return 4 * (self.input_dim * self.units + self.units**2 + bias)
