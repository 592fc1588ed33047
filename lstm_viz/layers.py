"""The LSTM layers of a Keras model: where they are, and what they are called here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


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


@dataclass(frozen=True)
class RecurrentCall:
    """One call of one recurrent layer in a model.

    Parameters
    ----------
    rnn : keras.layers.RNN
    call : int
        Which call of that layer it is, counted from 0 in the order of execution.
    path : str
        Its path; see :class:`LSTMLayer`.
    parent : str or None
        ``"Bidirectional"`` inside one.
    """

    rnn: Any
    call: int
    path: str
    parent: str | None

    @property
    def rnn_key(self) -> tuple[int, int]:
        """The layer's identity and the number of the call."""
        return id(self.rnn), self.call


@dataclass(frozen=True)
class LSTMCall:
    """One call of one LSTM cell in a model: the layer, its call, and which of the stacked cells it is."""

    layer: LSTMLayer
    of: RecurrentCall
    cell: int


def find_lstm_layers(model: Any) -> tuple[LSTMLayer, ...]:
    """List every LSTM of a Keras model in the order in which they run.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    tuple of LSTMLayer
        Plain ones, those inside Bidirectional, RNN(LSTMCell), stacked cells and nested models. A layer
        that is called twice is listed twice.
    """
    return tuple(call.layer for call in lstm_calls(recurrent_calls(model)))


def recurrent_calls(model: Any) -> list[RecurrentCall]:
    """List every call of a layer of LSTM, GRU or SimpleRNN cells in the order in which they run."""
    found: list[RecurrentCall] = []
    _walk(model, "", None, {}, found)
    return found


def lstm_calls(calls: list[RecurrentCall]) -> list[LSTMCall]:
    """List the LSTM cells of these calls."""
    return [
        LSTMCall(_describe(call, cell, index), call, index)
        for call in calls
        for index, cell in enumerate(cells_of(call.rnn))
        if is_cell(cell, "LSTMCell")
    ]


def cells_of(rnn: Any) -> list[Any]:
    """Return the cells of an RNN layer, first to last."""
    from keras.layers import StackedRNNCells

    return list(rnn.cell.cells) if isinstance(rnn.cell, StackedRNNCells) else [rnn.cell]


def is_cell(cell: Any, *names: str) -> bool:
    """Whether a cell is one of these of Keras (a subclass with a ``call`` of its own may be anything)."""
    return _is_of_keras(cell, names, _OF_A_CELL)


def is_recurrent(layer: Any) -> bool:
    """Whether a layer runs LSTM, GRU or SimpleRNN cells over its sequence as Keras does, and nothing else."""
    from keras.layers import StackedRNNCells

    return (
        _is_of_keras(layer, ("LSTM", "GRU", "SimpleRNN", "RNN"), _OF_A_LAYER)
        and (
            not isinstance(layer.cell, StackedRNNCells)
            or _is_of_keras(layer.cell, ("StackedRNNCells",), _OF_A_CELL)
        )
        and all(is_cell(cell, "LSTMCell", "GRUCell", "SimpleRNNCell") for cell in cells_of(layer))
    )


# What a subclass must not have changed for its numbers to be those of its class.
_OF_A_LAYER = ("call", "inner_loop", "get_initial_state")
_OF_A_CELL = ("call", "get_initial_state", "_compute_carry_and_output", "_compute_carry_and_output_fused")


def _is_of_keras(thing: Any, names: tuple[str, ...], methods: tuple[str, ...]) -> bool:
    """Whether something is one of these classes of Keras, or a subclass that has these methods from it."""
    from keras import layers

    def same(of_keras: Any) -> bool:
        return isinstance(thing, of_keras) and all(
            getattr(type(thing), name, None) is getattr(of_keras, name, None) for name in methods
        )

    return any(same(getattr(layers, name)) for name in names)


def operations_in_order(model: Any) -> list[Any]:
    """Return the operations of a model in the order in which they run, once for each call."""
    graph = graph_of(model)
    if graph is None:
        return list(model.layers)
    nodes = graph._nodes_by_depth
    return [node.operation for depth in sorted(nodes, reverse=True) for node in nodes[depth]]


def graph_of(model: Any) -> Any | None:
    """Return the Functional graph of a Functional or built Sequential model, else None."""
    import keras
    from keras.src.models.functional import Functional

    if isinstance(model, keras.Sequential):
        return model._functional
    return model if isinstance(model, Functional) else None


def _walk(
    layer: Any, prefix: str, parent: str | None, calls: dict[int, int], found: list[RecurrentCall]
) -> None:
    """Append the recurrent calls below ``layer``; ``calls`` counts how often each layer was met."""
    import keras

    if isinstance(layer, keras.Model):
        for operation in operations_in_order(layer):
            inside = f"{prefix}{operation.name}/" if isinstance(operation, keras.Model) else prefix
            _walk(operation, inside, None, calls, found)
    elif isinstance(layer, keras.layers.Bidirectional):
        inside = f"{prefix}{layer.name}/"
        _walk(layer.forward_layer, inside, "Bidirectional", calls, found)
        _walk(layer.backward_layer, inside, "Bidirectional", calls, found)
    elif is_recurrent(layer):
        call = calls[id(layer)] = calls.get(id(layer), -1) + 1
        again = f"@{call + 1}" if call else ""
        found.append(RecurrentCall(layer, call, f"{prefix}{layer.name}{again}", parent))


def _describe(call: RecurrentCall, cell: Any, index: int) -> LSTMLayer:
    """Return what is to be known about one LSTM cell of a call."""
    from keras.layers import LSTM

    rnn, cells = call.rnn, cells_of(call.rnn)
    path, parent = call.path, call.parent
    if len(cells) > 1:
        twin = any(other.name == cell.name for other in cells[:index])
        path += f"/{cell.name}" + (f"_{index}" if twin else "")
    if parent is None and not isinstance(rnn, LSTM):
        parent = "StackedRNNCells" if len(cells) > 1 else "RNN"
    return LSTMLayer(
        path=path,
        units=cell.units,
        input_dim=int(cell.kernel.shape[0]),
        go_backwards=rnn.go_backwards,
        return_sequences=rnn.return_sequences or index + 1 < len(cells),
        activation=_activation_name(cell.activation),
        recurrent_activation=_activation_name(cell.recurrent_activation),
        use_bias=cell.use_bias,
        parent=parent,
    )


def _activation_name(activation: Any) -> str:
    """Return the name that an activation goes by here: its own title, or that of its function."""
    return str(getattr(activation, "title", None) or getattr(activation, "__name__", None) or activation)
