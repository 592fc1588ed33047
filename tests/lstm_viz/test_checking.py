"""Whatever the public functions are given, they work or say what is wrong in words of their own."""

import contextlib

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import layers

import lstm_viz
from lstm_viz import LstmVizError
from lstm_viz.checking import listed, number, shown, whole, yes_or_no
from lstm_viz.dataset import Shaping
from lstm_viz.errors import DataError, PlanError

NAN = float("nan")

WITHOUT_A_MODEL = """
ResetPoint("a", 0)
ResetPoint(0, NAN)
ResetPoint(True, 0)
ResetPoint(0, 0, rows=3)
ResetPoint(0, 0, rows="ab")
ResetPoint(0, 0, rows=[0.5])
ResetPoint(0, 0, epoch="x")
Resets(each_batch="yes")
Resets(each_epoch=None)
Resets(each_sequence=1)
Resets(every=True)
Resets(every="3")
Resets(every=2.5)
Resets(every=-1)
Resets(at=3)
Resets(at="ab")
Resets(at=[(0, 1)])
Resets(at=ResetPoint(0, 0))
Plan("a", 3)
Plan(4, NAN)
Plan(4, 3, 0)
Plan(4, 3, True)
Plan(4, 3, stateful="yes")
Plan(4, 3, resets=True)
Plan(4, 3, resets=None)
Plan(4, 3, epochs=-1)
Plan(4, 3, order=5)
Plan(4, 3, order="abcd")
Plan(4, 3, order=[0, 1, 2, NAN])
Plan(4, 3, order=[[0], [1, 2]])
Plan(4, 3, lengths=3)
Plan(4, 3, lengths=["a"] * 4)
Plan(4, 3, lengths=[[1], [2, 3]])
Plan(4, 3, lengths=[])
Plan(4, 3, sequences=[NAN] * 4)
Plan(4, 3, sequences=[[1], [1, 2]])
Plan(4, 3).position(99)
Plan(4, 3).with_reset("x")
Plan(4, 3).with_reset(ResetPoint(-1, 0))
Plan(4, 3).first_difference("x")
Dataset.from_arrays(None)
Dataset.from_arrays("abc")
Dataset.from_arrays([])
Dataset.from_arrays({})
Dataset.from_arrays(np.zeros((0, 3, 1)))
Dataset.from_arrays(np.full((2, 3, 1), NAN))
Dataset.from_arrays(np.zeros((2, 3, 1), complex))
Dataset.from_arrays(np.full((2, 3), 2**40))
Dataset.from_arrays(X, names=3)
Dataset.from_arrays(X, target_names=5)
Dataset.from_arrays(X, token_names=5)
Dataset.from_arrays(X, class_names=5)
Dataset.from_arrays(X, lengths="a")
Dataset.from_arrays(X, lengths=[[1], [1, 2]])
Dataset.from_arrays(X, sequences=[[1], [1, 2]])
Dataset.from_arrays(X, shaping="x")
Dataset.from_arrays(X, ["a", "b", "c", "d"])
Dataset.from_arrays(X).reshaped(3)
Dataset.from_arrays(X).unscale_inputs("x")
Dataset.from_arrays(X).relation(0, 9)
Dataset.from_arrays(X).relation("a", 0)
Dataset.from_arrays(X).continues(-1, 0)
Dataset.from_sequences(None)
Dataset.from_sequences(3)
Dataset.from_sequences("abc")
Dataset.from_sequences([])
Dataset.from_sequences([[]])
Dataset.from_sequences([[2**40], [1]])
Dataset.from_sequences([[1.0], [1.0]], 3)
Dataset.from_sequences([[1.0], [1.0]], [["a"], ["b"]])
Dataset.from_sequences([[1.0], [1.0]], [[[1], [2, 3]], [1]])
Dataset.from_sequences([[1.0], [1.0]], padding="x")
Dataset.from_sequences([[1], [1, 2]], padding=None)
Dataset.from_sequences([[1], [1, 2]], padding=NAN)
Dataset.from_sequences([[1.0], [1.0]], [1, 2], each_timestep="x")
Dataset.from_sequences([[1.0], [1.0]], [1, 2], each_timestep=True)
Dataset.from_series(None)
Dataset.from_series([])
Dataset.from_series([NAN, 1.0])
Dataset.from_series([1.0, 2.0], "x")
Dataset.from_series([1.0, 2.0], names=3)
Dataset.from_series([1.0, 2.0], missing="x")
Dataset.from_text(None)
Dataset.from_text(3)
Dataset.from_text("abc", 3)
Dataset.from_text("abc", {"a": "x"})
Dataset.from_text("abc", {"a": 0, "b": 1, "c": 10**12})
Dataset.from_file("nothing.csv")
Dataset.open("nothing")
Shaping(look_back=True)
Shaping(look_back="3")
Shaping(stride=2.5)
Shaping(columns=3)
Shaping(columns="ab")
Shaping(fit_on="a")
Shaping(fit_on=NAN)
Shaping(tokens="x")
Seed(None)
Seed("a")
Seed([])
Seed(np.full((1, 2, 1), NAN))
Seed(np.full((1, 3), 2**40))
Seed(np.zeros((1, 2, 1)), columns=3)
Seed(np.zeros((1, 2, 1)), columns=[0.5])
Seed(np.zeros((1, 2, 1)), factor=3)
Seed(np.zeros((1, 2, 1)), offset=(1.0, 2.0))
Seed.from_dataset(None, 0)
Seed.from_dataset(Dataset.from_arrays(X), "a")
Seed.from_dataset(Dataset.from_arrays(X), 0.5)
Seed.from_dataset(Dataset.from_arrays(X), 9)
Seed.from_dataset(Dataset.from_arrays(X), 0, 1.5)
Seed.from_dataset(Dataset.from_arrays(X), 1, before=3)
Seed.from_dataset(Dataset.from_arrays(X), 1, before=[70])
open_trace("nothing")
load_model("nothing.keras")
"""

WITH_A_MODEL = """
record(None, X)
record("model.keras", X)
record(model, None)
record(model, "abc")
record(model, [])
record(model, X.astype(complex))
record(model, np.zeros((0, 5, 2)))
record(model, np.zeros((2, 5)))
record(model, {1: X})
record(model, (X, X))
record(model, X, batch_size=0)
record(model, X, batch_size="a")
record(model, X, batch_size=2.5)
record(model, X, stateful="yes")
record(model, X, resets=True)
record(model, X, resets="each_batch")
record(model, X, lengths="a")
record(model, X, lengths=[[1], [2, 3]])
record(model, X, padded="x")
record(tokens, np.full((2, 3), 2**40))
Stepper(model, X, epochs=0)
Stepper(model, X, order=3)
Stepper(model, X, order=[0, 1, 2, 2.5])
Stepper(model, X, sequences=3)
Stepper(model, X, sequences="abcd")
Stepper(model, X).run("a")
Stepper(model, X).run(2.5)
Stepper(model, X).run(-3)
Stepper(model, X).run(seconds="a")
Stepper(model, X).run(seconds=NAN)
Stepper(model, X).reset(3)
Stepper(model, X).reset([99])
Stepper(model, X).reset([0.5])
Stepper(model, X).reconfigure(None)
Stepper(model, X).reconfigure(Resets())
Stepper(model, X).rewind("a")
Stepper(model, X).rewind(-1)
Stepper(model, X).rewind(1)
generate(None, X, 3)
generate(model, None, 3)
generate(model, X, True)
generate(model, X, "a")
generate(model, X, 3, window="a")
generate(model, X, 3, window=2.5)
generate(model, X, 3, columns=3)
generate(model, X, 3, resets=True)
generate(tokens, [[1, 2]], 3, temperature="a")
generate(tokens, [[1, 2]], 3, temperature=NAN)
generate(tokens, [[1, 2]], 3, temperature=1, seed_number=-1)
generate(tokens, [[1, 2]], 3, temperature=1, seed_number="a")
generate(two_outputs, X, 3)
plot_gates(None)
plot_gates(trace, layer=3)
plot_gates(trace, row="a")
plot_gates(trace, row=0.5)
plot_gates(trace, steps=3)
plot_gates(trace, steps="ab")
plot_gates(trace, steps=(0, 1, 2))
plot_gates(trace, steps=(0, NAN))
plot_gates(trace, signals=3)
plot_gates(trace, signals="x")
"""

WORDS = {name: getattr(lstm_viz, name) for name in lstm_viz.__all__}
WORDS |= {"np": np, "NAN": NAN, "Shaping": Shaping, "X": np.zeros((4, 5, 2), "f4")}


@pytest.fixture(scope="module")
def words():
    """What the calls with a model speak of."""
    pytest.importorskip("matplotlib").use("agg")
    x = keras.Input((None, 2))
    h = layers.LSTM(2, return_sequences=True)(x)
    model = keras.Model(x, layers.Dense(2)(h))
    ids = keras.Input((None,), dtype="int32")
    scores = layers.Dense(5, activation="softmax")(layers.LSTM(2)(layers.Embedding(5, 2)(ids)))
    return WORDS | {
        "model": model,
        "two_outputs": keras.Model(x, [layers.Dense(2)(h), layers.Dense(2)(h)]),
        "tokens": keras.Model(ids, scores),
        "trace": lstm_viz.record(model, WORDS["X"]),
    }


def refused(call, words):
    with pytest.raises(LstmVizError) as caught:
        eval(call, dict(words))
    assert caught.value.message.endswith((".", "…"))
    assert caught.value.hint


@pytest.mark.parametrize("call", WITHOUT_A_MODEL.split("\n")[1:-1])
def test_what_makes_no_sense_is_refused_in_words(call):
    refused(call, WORDS)


@pytest.mark.parametrize("call", WITH_A_MODEL.split("\n")[1:-1])
def test_what_makes_no_sense_to_a_model_is_refused_in_words(call, words):
    refused(call, words)


def test_every_public_function_is_tried():
    made_for_you = {"LSTMLayer", "LayerTrace", "LoadedModel", "Generation", "ProbeCell", "Trace"}
    tried = {call.split("(")[0].split(".")[0] for call in (WITHOUT_A_MODEL + WITH_A_MODEL).split("\n")}
    assert set(lstm_viz.__all__) - made_for_you - {"LstmVizError"} <= tried


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=3),
    st.lists(st.integers() | st.floats() | st.text(max_size=2), max_size=4),
    st.builds(object),
)


@given(ANYTHING, ANYTHING, ANYTHING)
def test_settings_of_any_kind_are_taken_or_refused_in_words(a, b, c):
    for make in (
        lambda: lstm_viz.ResetPoint(a, b, c),
        lambda: lstm_viz.Resets(a, b, c),
        lambda: lstm_viz.Resets(at=a),
        lambda: lstm_viz.Plan(4, 3, a, b, lstm_viz.Resets(), c),
        lambda: lstm_viz.Plan(4, 3, order=a, lengths=b, sequences=c),
        lambda: Shaping(a, b, columns=c),
        lambda: Shaping(fit_on=a, tokens=b),
    ):
        with contextlib.suppress(LstmVizError):
            hash(make())


@given(st.integers(-5, 5))
def test_whole_numbers_of_numpy_are_those_of_python(value):
    assert type(whole(np.int64(value), "It", PlanError)) is int
    assert whole(np.int8(value), "It", PlanError) == value


def test_what_is_refused_is_shown_with_what_would_do():
    with pytest.raises(DataError, match=r"The row is 7\. It must be a whole number, 0 to 3\."):
        whole(7, "The row", DataError, least=0, most=3)
    with pytest.raises(DataError, match=r"The row is 7\. It must be a whole number, 3 or less\."):
        whole(7, "The row", DataError, most=3)
    with pytest.raises(DataError, match=r"It is inf\. It must be a finite number\."):
        number(np.inf, "It", DataError)
    with pytest.raises(PlanError, match=r"It is 1\. It must be True or False\."):
        yes_or_no(1, "It", PlanError)
    assert number(np.float32(0.5), "It", DataError) == 0.5
    assert yes_or_no(np.True_, "It", DataError) is True
    assert listed(np.arange(2), "It", DataError, "") == (0, 1)
    assert len(shown("x" * 1000)) < 100
