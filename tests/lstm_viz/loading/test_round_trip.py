"""Every kind of model that the installed Keras saves opens again and computes the same."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from lstm_viz.loading import load_model

Sequence = (6, 3)  # timesteps, features


def sequential(
    *made: keras.Layer, shape: tuple[int | None, ...] = Sequence, dtype: str = "float32"
) -> keras.Model:
    return keras.Sequential([layers.Input(shape, dtype=dtype), *made])


def encoder_decoder() -> keras.Model:
    source, target = layers.Input(Sequence), layers.Input((4, 2))
    _, h, c = layers.LSTM(5, return_state=True)(source)
    y = layers.LSTM(5, return_sequences=True)(target, initial_state=[h, c])
    return keras.Model([source, target], layers.Dense(2)(y))


def bidirectional_encoder_decoder() -> keras.Model:
    source, target = layers.Input(Sequence), layers.Input((4, 2))
    _, fh, fc, bh, bc = layers.Bidirectional(layers.LSTM(3, return_state=True))(source)
    state = [layers.Concatenate()([fh, bh]), layers.Concatenate()([fc, bc])]
    y = layers.LSTM(6, return_sequences=True)(target, initial_state=state)
    return keras.Model([source, target], layers.TimeDistributed(layers.Dense(2))(y))


def shared_twice() -> keras.Model:
    left, right = layers.Input(Sequence), layers.Input(Sequence)
    shared = layers.LSTM(4)
    return keras.Model([left, right], layers.Dot(axes=1, normalize=True)([shared(left), shared(right)]))


def nested_twice() -> keras.Model:
    left, right = layers.Input(Sequence), layers.Input(Sequence)
    inner_in = layers.Input(Sequence)
    inner = keras.Model(inner_in, layers.BatchNormalization()(layers.LSTM(4)(inner_in)), name="tower")
    return keras.Model([left, right], layers.Subtract()([inner(left), inner(right)]))


def nested_sequential_twice() -> keras.Model:
    left, right = layers.Input(Sequence), layers.Input(Sequence)
    inner = keras.Sequential(
        [layers.Input(Sequence), layers.LSTM(4), layers.BatchNormalization(), layers.Dense(3)]
    )
    return keras.Model([left, right], layers.Concatenate()([inner(left), inner(right)]))


def nested_two_deep() -> keras.Model:
    core = keras.Sequential([layers.Input(Sequence), layers.LSTM(4, return_sequences=True)], name="core")
    middle_in = layers.Input(Sequence)
    middle = keras.Model(middle_in, layers.Dense(3)(core(middle_in)), name="middle")
    outer = layers.Input(Sequence)
    return keras.Model(outer, layers.LSTM(2)(middle(outer)))


def merging() -> keras.Model:
    x = layers.Input(Sequence)
    a, b = layers.LSTM(4, name="a")(x), layers.GRU(4, name="b")(x)
    parts = [
        layers.Add()([a, b]),
        layers.Multiply()([a, b]),
        layers.Average()([a, b]),
        layers.Maximum()([a, b]),
        layers.Minimum()([a, b]),
        layers.Subtract()([a, b]),
    ]
    return keras.Model(x, layers.Concatenate()(parts))


def attention() -> keras.Model:
    x = layers.Input(Sequence)
    seq = layers.LSTM(4, return_sequences=True)(x)
    a = layers.Attention(use_scale=True)([seq, seq])
    b = layers.AdditiveAttention()([seq, seq, seq])
    c = layers.MultiHeadAttention(2, 3)(seq, seq)
    d = layers.MultiHeadAttention(2, 3, use_bias=False)(query=seq, value=seq, key=seq)
    y = layers.GlobalAveragePooling1D()(layers.Concatenate()([a, b, c, d]))
    return keras.Model(x, layers.LayerNormalization()(y))


def attention_by_hand() -> keras.Model:
    x = layers.Input(Sequence)
    seq = layers.LSTM(4, return_sequences=True)(x)
    score = layers.Activation("softmax")(layers.Flatten()(layers.Dense(1, activation="tanh")(seq)))
    weight = layers.Permute((2, 1))(layers.RepeatVector(4)(score))
    return keras.Model(x, layers.GlobalMaxPooling1D()(layers.Multiply()([seq, weight])))


def operations() -> keras.Model:
    x = layers.Input(Sequence)
    seq = layers.LSTM(4, return_sequences=True)(x)
    last = seq[:, -1, :]
    y = keras.ops.concatenate([keras.ops.mean(seq, axis=1) * 2.0 + last, keras.ops.sum(seq, axis=1)], axis=-1)
    return keras.Model(x, layers.Dense(2)(y))


def two_outputs() -> keras.Model:
    x = layers.Input(Sequence, name="x")
    h = layers.LSTM(4)(x)
    return keras.Model(x, [layers.Dense(2)(h), layers.Dense(1, activation="sigmoid")(h)])


def named_inputs() -> keras.Model:
    inputs = {"b": layers.Input(Sequence, name="b"), "a": layers.Input((2,), name="a")}
    y = layers.Concatenate()([layers.LSTM(3)(inputs["b"]), inputs["a"]])
    return keras.Model(inputs, layers.Dense(1)(y))


def masked_embedding() -> keras.Model:
    x = layers.Input((8,), dtype="int32")
    y = layers.Embedding(11, 5, mask_zero=True)(x)
    y = layers.LSTM(4, return_sequences=True)(y)
    return keras.Model(x, layers.Dense(2)(layers.Bidirectional(layers.LSTM(3))(y)))


def masked_by_hand() -> keras.Model:
    x, mask = layers.Input(Sequence), layers.Input((6,), dtype="bool")
    return keras.Model([x, mask], layers.LSTM(4)(x, mask=mask))


def stacked_cells() -> keras.Model:
    return sequential(
        layers.RNN([layers.LSTMCell(4), layers.LSTMCell(3), layers.GRUCell(2)], return_sequences=True)
    )


def frozen_inside() -> keras.Model:
    inner = keras.Sequential(
        [layers.Input(Sequence), layers.LSTM(4), layers.BatchNormalization(), layers.Dense(3)]
    )
    inner.layers[0].trainable = False
    return sequential(inner, layers.Dense(2))


MODELS: dict[str, Callable[[], keras.Model]] = {
    "two LSTMs": lambda: sequential(layers.LSTM(4, return_sequences=True), layers.LSTM(5), layers.Dense(2)),
    "other activations": lambda: sequential(
        layers.LSTM(4, activation="relu", recurrent_activation="hard_sigmoid")
    ),
    "layers as activations": lambda: sequential(
        layers.LSTM(4, activation=layers.LeakyReLU(negative_slope=0.7), return_sequences=True),
        layers.Bidirectional(layers.LSTM(3, activation=layers.ELU(0.5))),
        layers.Dense(2, activation=layers.ReLU(max_value=0.5)),
    ),
    "no bias, backwards": lambda: sequential(layers.LSTM(4, use_bias=False, go_backwards=True)),
    "unrolled, dropout": lambda: sequential(layers.LSTM(4, unroll=True, dropout=0.2, recurrent_dropout=0.1)),
    "any length": lambda: sequential(layers.LSTM(4, return_sequences=True), shape=(None, 3)),
    **{
        f"bidirectional {mode}": lambda mode=mode: sequential(
            layers.Bidirectional(layers.LSTM(4, return_sequences=True), merge_mode=mode), layers.Dense(2)
        )
        for mode in ("sum", "mul", "concat", "ave")
    },
    "bidirectional unmerged": lambda: (
        lambda x: keras.Model(x, layers.Bidirectional(layers.LSTM(4), merge_mode=None)(x))
    )(layers.Input(Sequence)),
    "bidirectional of two kinds": lambda: sequential(
        layers.Bidirectional(layers.LSTM(4), backward_layer=layers.LSTM(6, go_backwards=True))
    ),
    "stacked cells": stacked_cells,
    "one cell": lambda: sequential(layers.RNN(layers.LSTMCell(4)), layers.Dense(2)),
    "GRU and SimpleRNN": lambda: sequential(
        layers.GRU(4, return_sequences=True),
        layers.GRU(3, reset_after=False, return_sequences=True),
        layers.SimpleRNN(2),
    ),
    "ConvLSTM2D": lambda: sequential(layers.ConvLSTM2D(3, 2), layers.Flatten(), shape=(3, 4, 4, 2)),
    "convolution and pooling": lambda: sequential(
        layers.Conv1D(4, 2, padding="causal", activation="relu"),
        layers.ZeroPadding1D(1),
        layers.MaxPooling1D(2),
        layers.SpatialDropout1D(0.2),
        layers.BatchNormalization(),
        layers.LSTM(3, return_sequences=True),
        layers.AveragePooling1D(2),
        layers.UpSampling1D(2),
        layers.Cropping1D(1),
        layers.SeparableConv1D(2, 1),
        layers.GlobalMaxPooling1D(),
    ),
    "images over time": lambda: sequential(
        layers.TimeDistributed(layers.Conv2D(2, 2)),
        layers.TimeDistributed(layers.MaxPooling2D(2)),
        layers.TimeDistributed(layers.Flatten()),
        layers.LSTM(3),
        shape=(3, 5, 5, 1),
    ),
    "a model over time": lambda: sequential(
        layers.TimeDistributed(keras.Sequential([layers.Input((3,)), layers.Dense(4), layers.Dense(2)])),
        layers.LSTM(3),
    ),
    "activations as layers": lambda: sequential(
        layers.LSTM(4, return_sequences=True),
        layers.LeakyReLU(negative_slope=0.1),
        layers.PReLU(),
        layers.ELU(0.5),
        layers.ReLU(max_value=1.0),
        layers.Softmax(),
        layers.Activation("softsign"),
    ),
    "normalisation": lambda: sequential(
        layers.LayerNormalization(),
        layers.LSTM(4),
        layers.BatchNormalization(scale=False),
        layers.UnitNormalization(),
    ),
    "noise and shapes": lambda: sequential(
        layers.GaussianNoise(0.1),
        layers.Reshape((3, 6)),
        layers.LSTM(4, return_sequences=True),
        layers.GaussianDropout(0.1),
        layers.AlphaDropout(0.1),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.RepeatVector(2),
        layers.LSTM(2),
    ),
    "masking": lambda: sequential(layers.Masking(0.5), layers.LSTM(4, return_sequences=True), layers.LSTM(2)),
    "encoder and decoder": encoder_decoder,
    "bidirectional encoder": bidirectional_encoder_decoder,
    "shared layer": shared_twice,
    "nested model twice": nested_twice,
    "nested Sequential twice": nested_sequential_twice,
    "nested two deep": nested_two_deep,
    "merging layers": merging,
    "attention": attention,
    "attention by hand": attention_by_hand,
    "operations": operations,
    "two outputs": two_outputs,
    "named inputs": named_inputs,
    "masked embedding": masked_embedding,
    "mask as input": masked_by_hand,
    "frozen inside": frozen_inside,
    "half precision": lambda: sequential(layers.LSTM(4, dtype="mixed_bfloat16"), layers.Dense(2)),
    "double precision": lambda: sequential(layers.LSTM(4, dtype="float64"), layers.Dense(2, dtype="float64")),
}


def inputs_for(model: keras.Model) -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    made = []
    for tensor in model.inputs:
        shape = (4, *(6 if size is None else size for size in tensor.shape[1:]))
        if tensor.dtype == "int32":
            made.append(rng.integers(0, 11, shape).astype("int32"))
        elif tensor.dtype == "bool":
            made.append(rng.random(shape) < 0.7)
        else:
            values = rng.normal(size=shape).astype("float32")
            values[0, 0] = 0.5
            made.append(values)
    return made


def answers(model: keras.Model, inputs: list[np.ndarray]) -> list[np.ndarray]:
    named = not isinstance(model, keras.Sequential) and isinstance(model.input, dict)
    fed = {t.name: value for t, value in zip(model.inputs, inputs, strict=True)} if named else inputs
    result = model(fed[0] if len(inputs) == 1 else fed, training=False)
    return [np.asarray(part, "float64") for part in keras.tree.flatten(result)]


def shaken(model: keras.Model) -> keras.Model:
    """Give every weight another value than its initial one, so that none can be mixed up."""
    rng = np.random.default_rng(5)
    for weight in model.weights:
        weight.assign(np.abs(rng.normal(0.4, 0.2, weight.shape)) + 0.05)
    return model


@functools.cache
def answered(kind: str) -> tuple[keras.Model, list[np.ndarray], list[np.ndarray]]:
    """Make a model with its inputs and what it answers, once for all formats."""
    keras.utils.clear_session(free_memory=False)
    model = shaken(MODELS[kind]())
    inputs = inputs_for(model)
    return model, inputs, answers(model, inputs)


def same_numbers(kind: str, path: Path, **options: object) -> None:
    keras.utils.clear_session(free_memory=False)
    loaded = load_model(path, **options)  # type: ignore[arg-type]
    _, inputs, wanted = answered(kind)
    for got, want in zip(answers(loaded.keras_model, inputs), wanted, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("kind", MODELS)
def test_what_keras_saves_opens_with_the_same_numbers(kind: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"model{suffix}"
    answered(kind)[0].save(path)
    same_numbers(kind, path)


@pytest.mark.parametrize("kind", ["two LSTMs", "nested two deep", "stacked cells", "attention"])
def test_weights_alone_open_with_their_architecture(kind: str, tmp_path: Path) -> None:
    model, *_ = answered(kind)
    model.save_weights(tmp_path / "model.weights.h5")
    (tmp_path / "model.json").write_text(model.to_json())
    same_numbers(kind, tmp_path / "model.weights.h5", architecture=tmp_path / "model.json")


def test_the_json_of_an_architecture_is_what_keras_writes(tmp_path: Path) -> None:
    assert json.loads(MODELS["two LSTMs"]().to_json())["class_name"] == "Sequential"
