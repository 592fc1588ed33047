"""Samples of different lengths, each run at its own length or over its padding, held against Keras."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from keras import layers

import lstm_viz
from lstm_viz import reference
from lstm_viz.errors import PlanError
from lstm_viz.plan import ResetPoint, Resets
from lstm_viz.probe import Probe
from lstm_viz.recording import record
from lstm_viz.signals import SIGNALS
from lstm_viz.stepper import Stepper

LENGTHS = (3, 6, 1, 3, 5, 6, 3, 5, 2)
LONGEST, FEATURES = max(LENGTHS), 2


def seeded(model, seed=0):
    rng = np.random.default_rng(seed)
    for variable in model.weights:
        variable.assign(rng.normal(0, 0.6, variable.shape))
    return model


def sequential(*inner, shape=(None, FEATURES), dtype=None):
    return seeded(keras.Sequential([keras.Input(shape, dtype=dtype), *inner]))


def finished(stepper):
    stepper.run()
    return stepper.trace


def padded_data(padding=0.0):
    x = np.random.default_rng(1).normal(size=(len(LENGTHS), LONGEST, FEATURES)).astype("f4")
    for sample, length in enumerate(LENGTHS):
        x[sample, length:] = padding
    return x


MODELS = {
    "many to one": lambda: sequential(layers.LSTM(4), layers.Dense(2)),
    "many to many, stacked": lambda: sequential(
        layers.LSTM(4, return_sequences=True), layers.LSTM(3, return_sequences=True), layers.Dense(1)
    ),
    "masking": lambda: sequential(layers.Masking(), layers.LSTM(4), layers.Dense(2)),
    "bidirectional": lambda: sequential(
        layers.Bidirectional(layers.LSTM(3, return_sequences=True)), layers.LSTM(2, go_backwards=True)
    ),
    "pooled": lambda: sequential(
        layers.MaxPooling1D(2, padding="same"), layers.LSTM(3, return_sequences=True)
    ),
    "repeated": lambda: sequential(
        layers.LSTM(3), layers.RepeatVector(4), layers.LSTM(2, return_sequences=True)
    ),
}


@pytest.fixture(scope="module", params=MODELS, ids=str)
def model(request):
    return MODELS[request.param]()


@pytest.fixture(scope="module")
def run(model):
    """Make a stepper of the model with a probe that is traced once."""
    probe = Probe(model)

    def make(inputs, **settings):
        return Stepper(model, inputs, probe=probe, **settings)

    return make


@pytest.fixture(scope="module")
def alone(model):
    """What Keras gives for each sample alone, at its own length."""
    x = padded_data(padding=99.0)
    return [
        model.predict(x[sample : sample + 1, :length], verbose=0)[0] for sample, length in enumerate(LENGTHS)
    ]


@pytest.mark.parametrize("batch_size", [1, 2])
def test_each_sample_gives_what_keras_gives_for_it_alone(run, alone, batch_size):
    trace = finished(run(padded_data(padding=99.0), lengths=LENGTHS, batch_size=batch_size))
    for found, wanted in zip(trace.outputs[0], alone, strict=True):
        inside = tuple(slice(size) for size in wanted.shape)
        np.testing.assert_allclose(found[inside], wanted, rtol=0, atol=1e-6)
        outside = np.ones(found.shape, bool)
        outside[inside] = False
        assert np.isnan(found[outside]).all()


def test_the_signals_are_those_of_each_sample_run_alone_and_nan_past_its_end(run):
    x = padded_data(padding=99.0)
    together = finished(run(x, lengths=LENGTHS, batch_size=2))
    for sample, length in enumerate(LENGTHS):
        alone = finished(run(x[sample : sample + 1, :length]))
        for path, layer in together.layers.items():
            other = alone.layers[path]
            own = other.timesteps
            for name in SIGNALS:
                values = layer.signal(name)[sample]
                np.testing.assert_allclose(values[:own], other.signal(name)[0], rtol=0, atol=1e-6)
                assert np.isnan(values[own:]).all()
            np.testing.assert_array_equal(layer.mask[sample, :own], other.mask[0])
            assert not layer.mask[sample, own:].any()
            np.testing.assert_array_equal(layer.initial_h[sample], 0)


def test_stepping_gives_what_recording_gives(model, run):
    x = padded_data()
    stepper = run(x, lengths=LENGTHS, batch_size=2)
    while not stepper.finished:
        step = stepper.step()
        assert len(step.samples) == stepper.plan.rows(step.position.batch)
    wanted = record(model, x, lengths=LENGTHS, batch_size=2)
    np.testing.assert_allclose(stepper.trace.outputs[0], wanted.outputs[0], rtol=0, atol=1e-6)
    for path, layer in wanted.layers.items():
        np.testing.assert_allclose(stepper.trace.layers[path].c, layer.c, rtol=0, atol=1e-6)


@pytest.mark.parametrize("batch_size", [1, 3])
def test_a_stateful_run_hands_the_state_on_from_length_to_length(batch_size):
    lengths = np.repeat([4, 2, 3], 3)[np.random.default_rng(3).permutation(9)]
    x = np.random.default_rng(2).normal(size=(9, 4, FEATURES)).astype("f4")
    model = sequential(layers.LSTM(4), layers.Dense(1))
    resets = Resets(every=5, at=(ResetPoint(1, 1, rows=(0,)),))
    trace = record(model, x, lengths=lengths, batch_size=batch_size, stateful=True, resets=resets)
    plan, layer = trace.plan, next(iter(trace.layers.values()))
    weights = [variable.numpy() for variable in model.layers[0].weights]
    for row in range(batch_size):
        places = [plan.position(step) for step in range(len(plan))]
        samples = [plan.sample(at.batch, row) for at in places]
        timesteps = [at.timestep for at in places]
        zeroed = [plan.reset_cause(at, row) is not None for at in places]
        # One long sequence of all that the row reads.
        wanted = reference.lstm(x[samples, timesteps][None], *weights, resets=[zeroed])
        for name in SIGNALS:
            found = layer.signal(name)[samples, timesteps]
            np.testing.assert_allclose(found, wanted[name][0], rtol=0, atol=1e-5)
        for step, at in enumerate(places):
            if at.timestep == 0:
                handed = np.zeros(4) if zeroed[step] else wanted["h"][0, step - 1]
                np.testing.assert_allclose(layer.initial_h[samples[step]], handed, rtol=0, atol=1e-5)
        sources = [plan.state_source(step, row) for step in range(len(plan))]
        assert any(source.kind == "carried" for source in sources)
        for step, source in enumerate(sources):
            if source.kind == "carried":
                assert source.sample == samples[step - 1]


def test_a_run_over_the_padding_is_an_ordinary_one(model, run):
    x = padded_data()
    data = lstm_viz.Dataset.from_arrays(x, lengths=LENGTHS)
    found = finished(run(data, padded=True, batch_size=2))
    np.testing.assert_allclose(found.outputs[0], model.predict(x, verbose=0), rtol=0, atol=1e-6)
    assert found.plan == run(x, batch_size=2).plan


def test_padding_that_is_masked_gives_what_each_sample_gives_at_its_own_length():
    data = lstm_viz.Dataset.from_arrays(padded_data(), lengths=LENGTHS)
    masked, plain = MODELS["masking"](), MODELS["many to one"]()
    own, padded = record(masked, data), record(masked, data, padded=True)
    np.testing.assert_allclose(own.outputs[0], padded.outputs[0], rtol=0, atol=1e-6)
    own, padded = record(plain, data), record(plain, data, padded=True)
    shorter = np.array(LENGTHS) < LONGEST
    apart = np.abs(own.outputs[0] - padded.outputs[0]).max(axis=1)
    assert (apart[shorter] > 1e-3).all()
    assert (apart[~shorter] < 1e-6).all()


def test_tokens_of_different_lengths_run_through_an_embedding():
    model = sequential(layers.Embedding(5, 3, mask_zero=True), layers.LSTM(4), shape=(None,), dtype="int32")
    tokens = np.random.default_rng(0).integers(1, 5, (len(LENGTHS), LONGEST)).astype("int32")
    for sample, length in enumerate(LENGTHS):
        tokens[sample, length:] = 0
    own = record(model, tokens, lengths=LENGTHS, batch_size=4)
    np.testing.assert_allclose(own.outputs[0], model.predict(tokens, verbose=0), rtol=0, atol=1e-6)


def test_a_model_of_one_length_refuses_others_and_says_which_input_it_is():
    model = sequential(layers.LSTM(4, return_sequences=True), layers.Flatten(), shape=(LONGEST, FEATURES))
    with pytest.raises(PlanError, match="sequences of 6 timesteps only") as refused:
        record(model, padded_data(), lengths=LENGTHS)
    assert refused.value.hint == (
        "Run them padded, or build the model with an Input of any length: Input((None, features))."
    )
    assert record(model, lstm_viz.Dataset.from_arrays(padded_data(), lengths=LENGTHS), padded=True).plan


def test_a_recording_of_different_lengths_opens_again_and_goes_on(tmp_path, run):
    x = padded_data()
    live = run(x, lengths=LENGTHS, batch_size=2, folder=tmp_path / "live")
    live.run(until=13)
    in_memory = finished(run(x, lengths=LENGTHS, batch_size=2))
    in_memory.save(tmp_path / "saved.npz")
    saved = lstm_viz.open_trace(tmp_path / "saved.npz")
    assert saved.plan == in_memory.plan
    reader = lstm_viz.open_trace(tmp_path / "live")
    assert reader.plan == live.plan
    assert reader.count == 13
    goes_on = run(x, lengths=LENGTHS, batch_size=2, folder=tmp_path / "live")
    begun = live.plan.position(13)
    # A batch that is computed whole is computed anew.
    assert goes_on.trace.count == (13 if live.probe.stepwise else 13 - begun.timestep)
    goes_on.run()
    for other in (saved, reader):
        np.testing.assert_allclose(other.outputs[0], in_memory.outputs[0], rtol=0, atol=1e-6)
        for path, layer in in_memory.layers.items():
            np.testing.assert_allclose(other.layers[path].h, layer.h, rtol=0, atol=1e-6)
            for column in range(layer.count):
                own = layer.window(1, column, column + 1, 4).values
                np.testing.assert_array_equal(other.layers[path].window(1, column, column + 1, 4).values, own)


def test_going_on_under_other_resets_gives_what_a_new_run_gives(run):
    lengths = (2, 2, 5, 5, 4, 4, 2, 2)
    x = np.random.default_rng(5).normal(size=(8, 5, FEATURES)).astype("f4")
    stepper = run(x, lengths=lengths, batch_size=2, stateful=True)
    stepper.run(until=9)
    resets = Resets(every=4, at=(ResetPoint(1, 0, rows=(1,)),))
    stepper.reconfigure(replace(stepper.plan, resets=resets))
    stepper.run()
    wanted = finished(run(x, lengths=lengths, batch_size=2, stateful=True, resets=resets))
    np.testing.assert_allclose(stepper.trace.outputs[0], wanted.outputs[0], rtol=0, atol=1e-6)
    for path, layer in wanted.layers.items():
        found = stepper.trace.layers[path]
        np.testing.assert_allclose(found.c, layer.c, rtol=0, atol=1e-6)
        np.testing.assert_allclose(found.initial_c, layer.initial_c, rtol=0, atol=1e-6)
