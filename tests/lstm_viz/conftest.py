"""Small Keras models of every shape, each with data, its probe, and what Keras itself answers.

A test that takes ``case`` runs once for each of them. They are made once: tracing one takes half a second.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

SAMPLES, TIMESTEPS, FEATURES = 6, 7, 3


@dataclass(frozen=True)
class Kit:
    """Makes the same model as Keras has it by default, and with Keras's own ``stateful=True``."""

    stateful: bool = False
    batch_size: int | None = None
    timesteps: int = TIMESTEPS

    def input(self, *shape: int | None, **kwargs: Any) -> Any:
        import keras

        shape = shape or (TIMESTEPS, FEATURES)
        shape = tuple(self.timesteps if size == TIMESTEPS else size for size in shape)
        if self.stateful:
            shape = tuple(TIMESTEPS if size is None else size for size in shape)
            return keras.Input(batch_shape=(self.batch_size, *shape), **kwargs)
        return keras.Input(shape, **kwargs)

    def sequential(self, *layers: Any, shape: tuple[int | None, ...] = ()) -> Any:
        import keras

        return keras.Sequential([self.input(*shape), *layers])

    def lstm(self, units: int = 4, **kwargs: Any) -> Any:
        from keras import layers

        return layers.LSTM(units, stateful=self.stateful, **kwargs)

    def each_step(self, units: int = 4, **kwargs: Any) -> Any:
        return self.lstm(units, return_sequences=True, **kwargs)

    def rnn(self, *cells: Any, **kwargs: Any) -> Any:
        from keras import layers

        return layers.RNN(cells[0] if len(cells) == 1 else list(cells), stateful=self.stateful, **kwargs)

    def model(self, given: Any, outputs: Any) -> Any:
        import keras

        return keras.Model(given, outputs)


def _shared(kit: Kit) -> Any:
    from keras import layers

    x, lstm = kit.input(), kit.each_step()
    first = lstm(x)
    return kit.model(x, layers.Add()([first, lstm(layers.Dense(FEATURES)(first))]))


def _nested(kit: Kit) -> Any:
    from keras import layers

    inner = kit.sequential(kit.each_step(), layers.Dense(FEATURES))
    x = kit.input()
    return kit.model(x, kit.lstm(5)(inner(x)))


def _nested_twice(kit: Kit) -> Any:
    from keras import layers

    inner = kit.sequential(kit.each_step(), layers.Dense(FEATURES))
    x = kit.input()
    return kit.model(x, kit.lstm(5)(inner(inner(x))))


def _deeply_nested(kit: Kit) -> Any:
    from keras import layers

    inner = kit.sequential(layers.Masking(), kit.each_step(name="deepest"), layers.Dense(FEATURES))
    middle = kit.sequential(inner, kit.each_step(2))
    x = kit.input()
    return kit.model(x, middle(x))


def _encoder_decoder(kit: Kit) -> Any:
    from keras import layers

    x, y = kit.input(), kit.input(5, 2)
    _, *states = kit.lstm(return_state=True)(x)
    return kit.model([x, y], layers.Dense(2)(kit.each_step()(y, initial_state=states)))


def _initial_state_as_input(kit: Kit) -> Any:
    x, h, c = kit.input(), kit.input(4), kit.input(4)
    return kit.model([x, h, c], kit.each_step()(x, initial_state=[h, c]))


def _bidirectional_with_initial_state(kit: Kit) -> Any:
    from keras import layers

    x, *states = kit.input(), *(kit.input(4) for _ in range(4))
    return kit.model([x, *states], layers.Bidirectional(kit.each_step())(x, initial_state=states))


def _bidirectional_with_states(kit: Kit) -> Any:
    from keras import layers

    x = kit.input()
    return kit.model(x, layers.Bidirectional(kit.each_step(return_state=True))(x))


def _input_without_time(kit: Kit) -> Any:
    from keras import layers

    x, y = kit.input(), kit.input(2)
    return kit.model([x, y], layers.Dense(2)(layers.Concatenate()([kit.lstm()(x), y])))


def _two_outputs(kit: Kit) -> Any:
    from keras import layers

    x = kit.input()
    states = kit.each_step()(x)
    return kit.model(x, [layers.Dense(2)(states), kit.lstm(3)(states)])


def _two_sequences(kit: Kit) -> Any:
    from keras import layers

    x, y = kit.input(), kit.input(TIMESTEPS, 2)
    both = layers.Concatenate()([kit.each_step()(x), kit.each_step(5)(y)])
    return kit.model([x, y], kit.each_step(2)(both))


def _named_inputs_and_outputs(kit: Kit) -> Any:
    from keras import layers

    given = {"zebra": kit.input(name="zebra"), "ape": kit.input(TIMESTEPS, 2, name="ape")}
    states = kit.each_step()(layers.Concatenate()([given["zebra"], given["ape"]]))
    return kit.model(given, {"tag": layers.Dense(2)(states), "last": kit.lstm(3)(states)})


def _all_states(kit: Kit) -> Any:
    x = kit.input()
    return kit.model(x, kit.each_step(return_state=True)(x))


def _all_states_of_stacked_cells(kit: Kit) -> Any:
    import keras
    from keras import layers

    x = kit.input()
    found = kit.rnn(layers.LSTMCell(4), layers.LSTMCell(5), return_state=True)(x)
    return kit.model(x, keras.tree.flatten(found))


def _mask_of_its_own(kit: Kit) -> Any:
    x, mask = kit.input(), kit.input(TIMESTEPS, dtype="bool")
    return kit.model([x, mask], kit.each_step()(x, mask=mask))


def _attention(kit: Kit) -> Any:
    from keras import layers

    x = kit.input()
    states = kit.each_step()(x)
    return kit.model(x, layers.Dense(2)(layers.Attention()([states, states])))


def _layer(name: str) -> Callable[..., Any]:
    def make(*args: Any, **kwargs: Any) -> Any:
        from keras import layers

        return getattr(layers, name)(*args, **kwargs)

    return make


_bidirectional, _dense, _masking = _layer("Bidirectional"), _layer("Dense"), _layer("Masking")
_cell, _gru_cell, _gru = _layer("LSTMCell"), _layer("GRUCell"), _layer("GRU")
_conv, _pool, _repeat, _time = (
    _layer(name) for name in ("Conv1D", "MaxPooling1D", "RepeatVector", "TimeDistributed")
)
_dropout, _embedding, _layer_norm, _batch_norm = (
    _layer(name) for name in ("Dropout", "Embedding", "LayerNormalization", "BatchNormalization")
)


@dataclass(frozen=True)
class Shape:
    """One kind of model, and what is special about it.

    Parameters
    ----------
    build : callable
        From a kit to a model.
    stepwise : bool
        Whether it can be fed one timestep at a time.
    padded : bool
        Its data have zeros at the start, in the middle, at the end, and throughout.
    tolerance : float
        How far its outputs may lie from Keras's own.
    like_stateful : bool
        Whether Keras's ``stateful=True`` is a twin of it.
    handed_states : bool
        The model itself hands a layer its initial state.
    """

    build: Callable[[Kit], Any]
    stepwise: bool = True
    padded: bool = False
    tolerance: float = 1e-6
    like_stateful: bool = True
    handed_states: bool = False


def _merged(mode: str | None, **shape: Any) -> Shape:
    return Shape(
        lambda kit: kit.sequential(_bidirectional(kit.each_step(), merge_mode=mode)), stepwise=False, **shape
    )


_LOOSE = 2e-2  # a half-precision number has two to three digits

SHAPES: dict[str, Shape] = {
    "each step": Shape(lambda kit: kit.sequential(kit.each_step(), _dense(2))),
    "last step": Shape(lambda kit: kit.sequential(kit.lstm(), _dense(2))),
    "stacked": Shape(
        lambda kit: kit.sequential(
            kit.each_step(),
            _dropout(0.3),
            kit.lstm(5, use_bias=False, recurrent_activation="hard_sigmoid", activation="relu"),
        )
    ),
    "any length": Shape(lambda kit: kit.sequential(kit.each_step(), shape=(None, FEATURES))),
    "masked, last step": Shape(
        lambda kit: kit.sequential(_masking(), kit.each_step(), kit.lstm(3)), padded=True
    ),
    "masked, each step": Shape(lambda kit: kit.sequential(_masking(), kit.each_step()), padded=True),
    "masked, backwards": Shape(
        lambda kit: kit.sequential(_masking(), kit.each_step(go_backwards=True)), stepwise=False, padded=True
    ),
    "masked, backwards, last step": Shape(
        lambda kit: kit.sequential(_masking(), kit.lstm(go_backwards=True)), stepwise=False, padded=True
    ),
    "masked, zeros shown": Shape(
        lambda kit: kit.sequential(
            _masking(), kit.rnn(_cell(4), return_sequences=True, zero_output_for_mask=True)
        ),
        padded=True,
    ),
    "mask of its own": Shape(_mask_of_its_own, stepwise=False),
    "embedding": Shape(
        lambda kit: kit.sequential(
            _embedding(11, FEATURES, mask_zero=True), kit.each_step(), shape=(TIMESTEPS,)
        ),
        padded=True,
    ),
    "backwards": Shape(lambda kit: kit.sequential(kit.each_step(go_backwards=True)), stepwise=False),
    "bidirectional": Shape(
        lambda kit: kit.sequential(_bidirectional(kit.each_step()), _dense(2)), stepwise=False
    ),
    "bidirectional, summed": _merged("sum"),
    "bidirectional, multiplied": _merged("mul"),
    "bidirectional, averaged, masked": Shape(
        lambda kit: kit.sequential(_masking(), _bidirectional(kit.each_step(), merge_mode="ave")),
        stepwise=False,
        padded=True,
    ),
    "bidirectional, not merged": _merged(None),
    "bidirectional, last step, masked": Shape(
        lambda kit: kit.sequential(_masking(), _bidirectional(kit.lstm())), stepwise=False, padded=True
    ),
    # Keras (3.15) cannot build the stateful one: the mask of its states is a generator times two.
    "bidirectional with states": Shape(_bidirectional_with_states, stepwise=False, like_stateful=False),
    "bidirectional with initial state": Shape(
        _bidirectional_with_initial_state, stepwise=False, handed_states=True
    ),
    "cell": Shape(lambda kit: kit.sequential(kit.rnn(_cell(4), return_sequences=True))),
    "stacked cells": Shape(
        lambda kit: kit.sequential(kit.rnn(_cell(4), _cell(5), _cell(4), return_sequences=True))
    ),
    "stacked cells, masked": Shape(
        lambda kit: kit.sequential(_masking(), kit.rnn(_cell(4), _cell(5))), padded=True
    ),
    "cells of two kinds": Shape(
        lambda kit: kit.sequential(_masking(), kit.rnn(_cell(4), _gru_cell(5), return_sequences=True)),
        stepwise=False,
        padded=True,
    ),
    "gru before": Shape(
        lambda kit: kit.sequential(
            _masking(), _gru(4, return_sequences=True, stateful=kit.stateful), kit.lstm(5)
        ),
        stepwise=False,
        padded=True,
    ),
    # Keras hands the state of a shared layer from one call to the next; here each call has its own.
    "shared layer": Shape(_shared, like_stateful=False),
    "nested": Shape(_nested),
    "nested, called twice": Shape(_nested_twice, like_stateful=False),
    "deeply nested, masked": Shape(_deeply_nested, padded=True),
    "encoder and decoder": Shape(_encoder_decoder, stepwise=False, handed_states=True),
    "initial state as input": Shape(_initial_state_as_input, stepwise=False, handed_states=True),
    "input without time": Shape(_input_without_time),
    "two outputs": Shape(_two_outputs),
    "two sequences": Shape(_two_sequences),
    "named inputs and outputs": Shape(_named_inputs_and_outputs),
    "all states": Shape(_all_states),
    "all states of stacked cells": Shape(_all_states_of_stacked_cells),
    "convolution and pooling": Shape(
        lambda kit: kit.sequential(_conv(4, 3), _pool(2), kit.lstm()), stepwise=False
    ),
    "attention": Shape(_attention, stepwise=False),
    "repeated vector": Shape(
        lambda kit: kit.sequential(kit.lstm(), _repeat(5), kit.each_step(3), _time(_dense(1))), stepwise=False
    ),
    "time distributed, any length": Shape(
        lambda kit: kit.sequential(kit.each_step(), _time(_dense(2)), shape=(None, FEATURES))
    ),
    "implementation 1": Shape(lambda kit: kit.sequential(kit.lstm(implementation=1, recurrent_dropout=0.2))),
    "softmax gates": Shape(lambda kit: kit.sequential(kit.lstm(recurrent_activation="softmax"))),
    "unrolled, masked": Shape(
        lambda kit: kit.sequential(_masking(), kit.each_step(unroll=True)), padded=True
    ),
    "normalised": Shape(lambda kit: kit.sequential(kit.each_step(), _layer_norm(), _batch_norm())),
    "double precision": Shape(lambda kit: kit.sequential(kit.each_step(dtype="float64"), _dense(2))),
    "bfloat16": Shape(
        lambda kit: kit.sequential(kit.each_step(dtype="mixed_bfloat16"), _dense(2)), tolerance=_LOOSE
    ),
    "float16": Shape(
        lambda kit: kit.sequential(kit.each_step(dtype="mixed_float16"), _dense(2)), tolerance=_LOOSE
    ),
    "no lstm": Shape(lambda kit: kit.sequential(_dense(4), _dense(2))),
}


@dataclass(frozen=True)
class Case:
    """A model with its data and its probe."""

    name: str
    shape: Shape
    model: Any
    probe: Any
    inputs: list[np.ndarray]

    def given(self, samples: Any = slice(None)) -> Any:
        """Return some samples as Keras takes them."""
        return self._packed([array[samples] for array in self.inputs])

    def _packed(self, arrays: list[np.ndarray]) -> Any:
        import keras

        struct = getattr(self.model, "_inputs_struct", None)
        if isinstance(struct, dict):
            return keras.tree.pack_sequence_as(struct, arrays)
        return arrays if len(arrays) > 1 else arrays[0]

    @functools.cached_property
    def predicted(self) -> list[np.ndarray]:
        """What Keras itself answers, every sample starting from zeros."""
        return call(self.model, self.given())

    def stateful_twin(self, batch_size: int) -> Any:
        """Make the same model, with the same weights, out of Keras's own stateful layers."""
        twin = self.shape.build(Kit(stateful=True, batch_size=batch_size))
        twin.set_weights(self.model.get_weights())
        return twin

    def after(self, timesteps: int) -> list[np.ndarray]:
        """Return what Keras answers to the sequences cut off after so many timesteps."""
        twin = self.shape.build(Kit(timesteps=timesteps))
        twin.set_weights(self.model.get_weights())
        cut = [x[:, :timesteps] if x.shape[1] == TIMESTEPS else x for x in self.inputs]
        return call(twin, self._packed(cut))

    def stepper(self, batch_size: int = 2, **options: Any) -> Any:
        from lstm_viz.stepper import Stepper

        return Stepper(self.model, self.inputs, batch_size=batch_size, probe=self.probe, **options)


def call(model: Any, given: Any) -> list[np.ndarray]:
    """Return the outputs of a model, flat; called as it is, because ``predict`` takes its time to compile."""
    import keras

    return [np.asarray(output) for output in keras.tree.flatten(model(given, training=False))]


@functools.cache
def _case(name: str) -> Case:
    import keras

    from lstm_viz.probe import Probe

    shape = SHAPES[name]
    model = shape.build(Kit())
    rng = np.random.default_rng(len(name))
    for variable in model.weights:
        if variable.path.endswith("moving_variance"):
            variable.assign(rng.uniform(0.5, 2, variable.shape))
        elif keras.backend.is_float_dtype(variable.dtype):
            variable.assign(rng.normal(0, 0.5, variable.shape))
    inputs = [_data(tensor, shape.padded, rng) for tensor in model.inputs]
    return Case(name, shape, model, Probe(model), inputs)


def _data(tensor: Any, padded: bool, rng: np.random.Generator) -> np.ndarray:
    size = (SAMPLES, *(TIMESTEPS if n is None else n for n in tensor.shape[1:]))
    if tensor.dtype == "bool":
        return rng.random(size) < 0.7
    if len(size) == 2 and size[1] == TIMESTEPS:
        data = rng.integers(1, 11, size)
    else:
        data = rng.normal(size=size).astype("float32")
    if padded:
        data[0, :2] = data[1, 4:] = data[2, 3] = data[3] = data[4, 1:3] = 0
    return data


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Case:
    """One model with its data, its probe and Keras's own answer."""
    return _case(request.param)


@pytest.fixture
def named_case() -> Callable[[str], Case]:
    """Give a case by its name."""
    return _case


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes ``case`` for every shape, or for those that its mark chooses."""
    if "case" not in metafunc.fixturenames:
        return
    mark = metafunc.definition.get_closest_marker("shapes")
    chosen = mark.args[0] if mark else lambda shape: True
    names = [name for name, shape in SHAPES.items() if chosen(shape)]
    metafunc.parametrize("case", names, indirect=True)


def pytest_configure(config: pytest.Config) -> None:
    """Describe the mark."""
    config.addinivalue_line("markers", "shapes(chosen): the shapes of models that a test runs for")
