"""Generation: held against a plain loop over the Keras model."""

import keras
import numpy as np
import pytest
from keras import layers

import lstm_viz
from lstm_viz import Dataset, Resets, Seed, generate, open_trace
from lstm_viz.contributions import explain
from lstm_viz.dataset import Shaping
from lstm_viz.errors import DataError, ModelError, TraceError
from lstm_viz.examples import example, text, wave
from lstm_viz.generation.feedback import _ends_in_softmax, generation_for
from lstm_viz.generation.recipe import Generation, choose
from lstm_viz.generation.run import GeneratingStepper
from lstm_viz.plan import ResetPoint
from lstm_viz.probe import Probe
from lstm_viz.recording import record
from lstm_viz.reference import ACTIVATIONS

TOKENS = 7


def model_of(*model_layers, scale=0.9):
    model = keras.Sequential(model_layers)
    rng = np.random.default_rng(5)
    for variable in model.weights:
        variable.assign(rng.normal(0, scale, variable.shape))
    return model


def answer(model, x):
    return np.asarray(model(x, training=False))


def numbers(rows=2, timesteps=4, features=1, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, timesteps, features)).astype("f4")


def longer(model, seed, steps, feed, window=None):
    """Go on in a plain loop: the whole sequence, or its last timesteps, is read for each output."""
    sequence = np.array(seed)
    for _ in range(steps):
        read = sequence if window is None else sequence[:, -window:]
        output = answer(model, read)
        output = output[:, -1] if output.ndim > 2 else output
        sequence = np.concatenate([sequence, feed(output, sequence)[:, None]], axis=1)
    return sequence


def as_it_is(output, _sequence):
    return output


def likeliest(output, _sequence):
    return output.argmax(-1)


def one_hot(output, _sequence):
    return np.eye(output.shape[-1])[output.argmax(-1)]


def drawn(temperature, seed_number):
    """Draw a token as the documentation says: by p^(1/temperature), with a generator for each place."""

    def feed(output, sequence):
        weights = output.astype("f8") ** (1 / temperature)
        shares = weights / weights.sum(-1, keepdims=True)
        random = np.random.default_rng((seed_number, sequence.shape[1])).random(len(output))
        return np.array(
            [np.searchsorted(np.cumsum(p), r, "right") for p, r in zip(shares, random, strict=True)]
        )

    return feed


@pytest.fixture(scope="module")
def next_value():
    """A model that reads sequences of any length and gives the next value at every timestep."""
    return model_of(keras.Input((None, 1)), layers.LSTM(5, return_sequences=True), layers.Dense(1))


@pytest.fixture(scope="module")
def window_model():
    return model_of(
        keras.Input((3, 1)), layers.LSTM(4, return_sequences=True), layers.LSTM(3), layers.Dense(1)
    )


@pytest.fixture(scope="module")
def token_model():
    return model_of(
        keras.Input((None,), dtype="int32"),
        layers.Embedding(TOKENS, 3),
        layers.LSTM(6),
        layers.Dense(TOKENS, activation="softmax"),
        scale=1.5,
    )


# -- against a plain loop ---------------------------------------------------------------------------


def test_a_value_for_every_timestep_is_the_next_input(next_value):
    seed = numbers()
    trace = generate(next_value, seed, 9)
    wanted = longer(next_value, seed, 9, as_it_is)
    np.testing.assert_allclose(trace.sequence, wanted, atol=1e-6)
    np.testing.assert_allclose(trace.outputs[0], answer(next_value, wanted), atol=1e-6)


def test_everything_is_recorded_as_if_the_sequence_had_been_data(next_value):
    trace = generate(next_value, numbers(), 9)
    data = record(next_value, trace.sequence)
    for path, layer in data.layers.items():
        for signal in "ifgoch":
            np.testing.assert_allclose(trace.layers[path].signal(signal), layer.signal(signal), atol=1e-6)


def test_a_model_that_gives_one_output_is_asked_after_every_timestep():
    model = model_of(
        keras.Input((None, 2)), layers.LSTM(4, return_sequences=True), layers.LSTM(3), layers.Dense(2)
    )
    seed = numbers(3, 5, 2)
    np.testing.assert_allclose(generate(model, seed, 6).sequence, longer(model, seed, 6, as_it_is), atol=1e-6)


def test_a_large_output_is_fed_back_though_it_is_not_kept_at_every_timestep():
    model = model_of(keras.Input((None, 80)), layers.LSTM(3), layers.Dense(80), scale=0.3)
    seed = numbers(1, 2, 80)
    np.testing.assert_allclose(generate(model, seed, 4).sequence, longer(model, seed, 4, as_it_is), atol=1e-6)


def test_a_window_slides_over_what_it_made(window_model):
    seed = numbers(2, 5)
    trace = generate(window_model, seed, 8)
    np.testing.assert_allclose(trace.sequence, longer(window_model, seed, 8, as_it_is, 3), atol=1e-6)
    assert trace.plan.samples == 2 * (5 + 8 - 3 + 1)
    np.testing.assert_allclose(trace.outputs[0].reshape(-1, 2)[2:-1].T, trace.sequence[:, 5:, 0], atol=1e-6)


def test_a_stateful_window_goes_on_from_the_state_after_the_one_before(window_model):
    seed = numbers(1, 5)
    twin = keras.Sequential(
        [
            keras.Input(batch_shape=(1, 3, 1)),
            layers.LSTM(4, return_sequences=True, stateful=True),
            layers.LSTM(3, stateful=True),
            layers.Dense(1),
        ]
    )
    twin.set_weights(window_model.get_weights())
    for first in range(2):  # the windows that the seed holds before its last one
        twin(seed[:, first : first + 3])
    wanted = longer(twin, seed, 8, as_it_is, 3)
    trace = generate(window_model, seed, 8, stateful=True)
    np.testing.assert_allclose(trace.sequence, wanted, atol=1e-6)


def test_a_model_saved_stateful_for_one_timestep_a_call_keeps_its_state():
    shape = (layers.LSTM(4, stateful=True), layers.Dense(1))
    model = model_of(keras.Input(batch_shape=(1, 1, 1)), *shape)
    seed = numbers(1, 6)
    for step in range(5):
        model(seed[:, step : step + 1])
    wanted = longer(model, seed, 7, as_it_is, 1)
    np.testing.assert_allclose(generate(model, seed, 7).sequence, wanted, atol=1e-6)


def test_a_model_that_reads_both_ways_can_read_a_window():
    model = model_of(keras.Input((4, 1)), layers.Bidirectional(layers.LSTM(3)), layers.Dense(1))
    seed = numbers(2, 4)
    np.testing.assert_allclose(
        generate(model, seed, 5).sequence, longer(model, seed, 5, as_it_is, 4), atol=1e-6
    )


def test_a_window_may_be_asked_of_a_model_that_reads_any_length(next_value):
    seed = numbers(1, 6)
    trace = generate(next_value, seed, 5, window=4)
    np.testing.assert_allclose(trace.sequence, longer(next_value, seed, 5, as_it_is, 4), atol=1e-6)


def test_a_model_made_for_a_window_may_be_fed_one_timestep_at_a_time(window_model):
    free = model_of(
        keras.Input((None, 1)), *(type(x).from_config(x.get_config()) for x in window_model.layers)
    )
    free.set_weights(window_model.get_weights())
    seed = numbers(1, 4)
    trace = generate(window_model, seed, 5, window=0)
    np.testing.assert_allclose(trace.sequence, longer(free, seed, 5, as_it_is), atol=1e-6)


# -- tokens -----------------------------------------------------------------------------------------


def test_the_likeliest_token_is_read_next(token_model):
    seed = np.array([[1, 4, 2], [0, 6, 3]])
    trace = generate(token_model, seed, 12)
    np.testing.assert_array_equal(trace.sequence, longer(token_model, seed, 12, likeliest))
    assert trace.sequence.dtype == np.int32


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
def test_tokens_are_drawn_as_they_are_likely(token_model, temperature):
    seed = np.array([[1, 4, 2], [0, 6, 3]])
    trace = generate(token_model, seed, 20, temperature=temperature, seed_number=11)
    np.testing.assert_array_equal(trace.sequence, longer(token_model, seed, 20, drawn(temperature, 11)))


def test_one_hot_vectors_are_read_as_such():
    model = model_of(
        keras.Input((4, TOKENS)), layers.LSTM(8), layers.Dense(TOKENS), layers.Softmax(), scale=1.5
    )
    seed = np.eye(TOKENS, dtype="f4")[[[1, 4, 2, 0, 3]]]
    trace = generate(model, seed, 10)
    assert trace.generation.kind == "one-hot"
    assert not trace.generation.logits
    np.testing.assert_array_equal(trace.sequence, longer(model, seed, 10, one_hot, 4))


def test_scores_that_are_no_probabilities_are_drawn_from_alike():
    given = (keras.Input((None,), dtype="int32"), layers.Embedding(TOKENS, 3), layers.LSTM(6))
    model = model_of(*given, layers.Dense(TOKENS), scale=1.5)
    same = model_of(*given, layers.Dense(TOKENS, activation="softmax"), scale=1.5)
    same.set_weights(model.get_weights())
    seed = np.array([[1, 4, 2]])
    scores, chances = (generate(m, seed, 15, temperature=0.8, seed_number=3) for m in (model, same))
    assert scores.generation.logits
    assert not chances.generation.logits
    np.testing.assert_array_equal(scores.sequence, chances.sequence)


def test_a_low_temperature_takes_the_likeliest_and_a_high_one_all_alike():
    chances = np.tile(np.array([0.2, 0.5, 0.3]), (4000, 1))
    assert (choose(chances, 0, 0.001) == 1).all()
    shares = np.bincount(choose(chances, 0, 1e6), minlength=3) / 4000
    np.testing.assert_allclose(shares, 1 / 3, atol=0.03)
    shares = np.bincount(choose(chances, 0, 1.0), minlength=3) / 4000
    np.testing.assert_allclose(shares, chances[0], atol=0.03)


def test_a_token_that_is_impossible_is_never_drawn():
    chances = np.tile(np.array([0.0, 1.0, 0.0]), (500, 1))
    for temperature in (0.01, 1.0, 50.0):
        assert (choose(chances, 3, temperature) == 1).all()


# -- several features, and scaling ------------------------------------------------------------------


@pytest.fixture(scope="module")
def first_of_two():
    return model_of(keras.Input((3, 2)), layers.LSTM(4), layers.Dense(1))


def test_what_is_not_predicted_stays_as_it_was(first_of_two):
    def feed(output, sequence):
        return np.concatenate([sequence[:, -1, :1], output], axis=1)

    seed = numbers(2, 4, 2)
    trace = generate(first_of_two, seed, 6, columns=[1], others="hold")
    np.testing.assert_allclose(trace.sequence, longer(first_of_two, seed, 6, feed, 3), atol=1e-6)


def test_what_is_not_predicted_may_be_known(first_of_two):
    known = numbers(2, 6, 2, seed=9)

    def feed(output, sequence):
        return np.concatenate([output, known[:, sequence.shape[1] - 4, 1:]], axis=1)

    seed = numbers(2, 4, 2)
    trace = generate(first_of_two, seed, 6, columns=[0], others=known)
    np.testing.assert_allclose(trace.sequence, longer(first_of_two, seed, 6, feed, 3), atol=1e-6)


def test_a_prediction_is_scaled_as_the_input_is():
    values = np.array([[3.0, 10.0], [5.0, 30.0], [4.0, 20.0], [9.0, 50.0], [7.0, 60.0]])
    data = Dataset.from_series(
        values, Shaping(look_back=3, target="b", scaling="min-max", columns=("b",)), names=("a", "b")
    )
    seed = Seed.from_dataset(data, 1)
    assert seed.columns == (0,)
    assert seed.factor == (1.0,)
    assert seed.offset == (0.0,)
    other = Dataset.from_arrays(
        values[None],
        shaping=Shaping(scaling="standard"),
        names=("a", "b"),
        target_names=("b",),
        targets=np.zeros((1, 1)),
    )  # the targets of ready-made samples are not scaled
    seed = Seed.from_dataset(other, 0)
    assert seed.columns == (1,)
    scaled = 40.0 * seed.factor[1] + seed.offset[1]
    np.testing.assert_allclose(scaled, other.scaling.apply(np.array([[0, 40.0]]))[0, 1], rtol=1e-6)


def test_the_scaling_is_done_again_before_a_value_is_read(next_value):
    seed = Seed(numbers(), factor=(0.5,), offset=(0.25,))
    trace = generate(next_value, seed, 5)
    wanted = longer(next_value, seed.values, 5, lambda output, _: output * 0.5 + 0.25)
    np.testing.assert_allclose(trace.sequence, wanted, atol=1e-6)


@pytest.mark.parametrize("behind", [layers.Dropout(0.5), layers.Reshape((-1, TOKENS)), layers.Identity()])
def test_probabilities_are_known_as_such_behind_layers_that_leave_them_as_they_are(behind):
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            layers.Embedding(TOKENS, 3),
            layers.LSTM(4, return_sequences=True),
            keras.Sequential([layers.Dense(TOKENS, activation="softmax")]),
            behind,
        ]
    )
    assert _ends_in_softmax(model)


# -- seeds from data --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def series():
    return Dataset.from_series(np.arange(20.0), Shaping(look_back=4))


def test_a_seed_is_a_sample_or_its_first_timesteps_and_what_follows_is_known(series):
    seed = Seed.from_dataset(series, 5)
    np.testing.assert_array_equal(seed.values[0, :, 0], [5, 6, 7, 8])
    np.testing.assert_array_equal(seed.future[0, :, 0], np.arange(9, 20))
    part = Seed.from_dataset(series, 5, timesteps=2)
    np.testing.assert_array_equal(part.values[0, :, 0], [5, 6])


def test_of_a_series_what_was_read_before_comes_first(series):
    seed = Seed.from_dataset(series, 5, before=range(2, 5))
    np.testing.assert_array_equal(seed.values[0, :, 0], [2, 3, 4, 5, 6, 7, 8])


@pytest.mark.parametrize("look_back", [None, 3])
def test_a_seed_of_one_of_several_sequences_stays_within_it(look_back):
    table = np.stack([np.arange(20.0), np.repeat([7.0, 8.0, 9.0], [6, 9, 5])], axis=1)
    shaping = Shaping(look_back=look_back, columns=("a",), sequence_column="which", scaling="min-max")
    data = Dataset.from_series(table, shaping, names=("a", "which"))
    sample = int(np.flatnonzero(data.sequences == 1)[0])
    seed = Seed.from_dataset(data, sample, timesteps=2)
    np.testing.assert_allclose(seed.values[0, :, 0], [6 / 19, 7 / 19], rtol=1e-6)
    np.testing.assert_allclose(seed.future[0, :, 0], np.arange(8, 15) / 19, rtol=1e-6)
    whole = Seed.from_dataset(data, sample)
    np.testing.assert_array_equal(whole.values[0], data.inputs[0][sample, : look_back or 9])
    both = Seed.from_dataset(data, sample, before=[sample - 1])
    begin = 0 if look_back is None else 2  # the last one of the sequence before, and its next value
    np.testing.assert_allclose(both.values[0, :, 0], np.arange(begin, 6 + (look_back or 9)) / 19, rtol=1e-6)


def test_a_seed_of_one_of_several_sequences_of_tokens_is_whole_numbers():
    table = np.stack([np.arange(8.0) % 5, np.repeat([0.0, 1.0], [3, 5])], axis=1)
    shaping = Shaping(columns=("a",), sequence_column="which", tokens=True)
    data = Dataset.from_series(table, shaping, names=("a", "which"))
    seed = Seed.from_dataset(data, 1)
    assert seed.values.dtype == np.int32
    np.testing.assert_array_equal(seed.values, [[3, 4, 0, 1, 2]])


def test_of_ready_made_sequences_those_before_are_put_before_it():
    data = Dataset.from_arrays(np.arange(12.0).reshape(4, 3, 1))
    seed = Seed.from_dataset(data, 3, timesteps=2, before=(1, 2))
    np.testing.assert_array_equal(seed.values[0, :, 0], np.arange(3, 11))
    np.testing.assert_array_equal(seed.future[0, :, 0], [11])


def test_of_a_text_it_is_tokens():
    data = Dataset.from_text("abcabcab", look_back=3)
    seed = Seed.from_dataset(data, 1)
    np.testing.assert_array_equal(seed.values, [[1, 2, 0]])
    hot = Seed.from_dataset(Dataset.from_text("abcabcab", look_back=3, one_hot=True), 1)
    np.testing.assert_array_equal(hot.values[0].argmax(-1), [1, 2, 0])


def test_past_values_taken_as_features_slide_within_one_timestep():
    data = Dataset.from_series(np.sin(np.arange(30)), Shaping(look_back=3, past_as="features"))
    model = model_of(keras.Input((1, 3)), layers.LSTM(4), layers.Dense(1))
    seed = Seed.from_dataset(data, 4)
    trace = generate(model, seed, 6)
    assert trace.generation.layout == "features"
    sequence = seed.values[:, :, 0]
    for _ in range(6):
        sequence = np.concatenate([sequence, answer(model, sequence[:, None, -3:])], axis=1)
    np.testing.assert_allclose(trace.sequence[..., 0], sequence, atol=1e-6)


def test_the_stateful_example_goes_on_from_where_its_data_end():
    chosen = example("next_value")
    data = Dataset.from_file(chosen.data_path, Shaping(**chosen.shaping))
    last = data.samples - 1
    seed = Seed.from_dataset(data, last, before=range(last))
    trace = generate(lstm_viz.load_model(chosen.model_path), seed, 24, stateful=True)
    visitors = data.unscale_inputs(trace.sequence)[0, -24:, 0]
    # A year later it repeats itself: the seasons go on.
    assert np.corrcoef(visitors[:12], visitors[12:])[0, 1] > 0.95
    assert 2500 < visitors.min() < visitors.max() < 6500


# -- stepping ---------------------------------------------------------------------------------------


def stepper_of(model, seed, steps, folder=None, probe=None, **how):
    probe = probe or Probe(model)
    seed = Seed(seed)
    generation = generation_for(probe, seed, steps, **{k: how.pop(k) for k in ("temperature",) if k in how})
    return GeneratingStepper(model, seed, generation, probe=probe, folder=folder, **how)


def test_the_sequence_grows_by_what_each_step_makes(next_value):
    stepper = stepper_of(next_value, numbers(), 3)
    lengths = [stepper.trace.sequence.shape[1]]
    while not stepper.finished:
        stepper.step()
        lengths.append(stepper.trace.sequence.shape[1])
    assert lengths == [4, 4, 4, 4, 5, 6, 7, 7]
    np.testing.assert_allclose(stepper.trace.sequence, generate(next_value, numbers(), 3).sequence, atol=1e-6)


def test_which_steps_read_what_was_generated(next_value, window_model):
    assert generate(next_value, numbers(), 3).generation.spans(0, 99) == [(4, 7)]
    sliding = generate(window_model, numbers(), 3).generation
    # Windows at 0, 1, 2, 3, 4 of a sequence of which 4 timesteps are given.
    assert sliding.spans(0, 99) == [(8, 9), (10, 15)]
    assert sliding.spans(11, 12) == [(11, 12)]
    assert sliding.spans(20, 30) == []


@pytest.mark.parametrize("which", ["next_value", "window_model", "token_model"])
def test_gates_of_generated_timesteps_can_be_explained(which, request):
    model = request.getfixturevalue(which)
    seed = np.array([[1, 3, 2, 0]]) if which == "token_model" else numbers()
    stepper = stepper_of(model, seed, 3)
    stepper.run()
    for path, layer in stepper.trace.layers.items():
        for step in range(layer.count):
            z = explain(stepper, path, step, 0, 1)[0].z
            found = [ACTIVATIONS["tanh" if k == 2 else "sigmoid"](z[k]) for k in range(4)]
            np.testing.assert_allclose(found, layer.values(step, 0)[:4, 1], atol=1e-6)


@pytest.mark.parametrize("which", ["next_value", "window_model"])
def test_going_back_and_on_gives_the_same(which, request):
    model = request.getfixturevalue(which)
    stepper = stepper_of(model, numbers(2, 5), 6)
    stepper.run()
    wanted = stepper.trace.sequence
    for count in (len(stepper.plan) - 4, 7, 2):
        stepper.rewind(count)
        stepper.run()
        np.testing.assert_allclose(stepper.trace.sequence, wanted, atol=1e-6)


def test_a_reset_changes_what_is_generated_from_there_on(next_value):
    seed = numbers(1, 4)
    stepper = stepper_of(next_value, seed, 6)
    stepper.run()
    before = stepper.trace.sequence
    stepper.reconfigure(stepper.plan.with_reset(ResetPoint(0, 6)))
    stepper.run()
    np.testing.assert_array_equal(stepper.trace.sequence[:, :7], before[:, :7])
    wanted = longer(next_value, before[:, 6:7], 3, as_it_is)
    np.testing.assert_allclose(stepper.trace.sequence[:, 6:], wanted, atol=1e-6)
    resets = Resets(at=(ResetPoint(0, 6),))
    np.testing.assert_allclose(
        generate(next_value, seed, 6, resets=resets).sequence, stepper.trace.sequence, atol=1e-6
    )


@pytest.mark.parametrize("which", ["next_value", "window_model", "token_model"])
def test_a_recording_in_a_folder_goes_on_where_it_ended(which, request, tmp_path):
    model = request.getfixturevalue(which)
    seed, how = (
        (numbers(1, 5), {}) if which != "token_model" else (np.array([[1, 2, 3, 4]]), {"temperature": 1.0})
    )
    probe = Probe(model)
    wanted = stepper_of(model, seed, 8, probe=probe, **how)
    wanted.run()
    first = stepper_of(model, seed, 8, tmp_path / "run", probe, **how)
    first.run(until=7)
    again = stepper_of(model, seed, 8, tmp_path / "run", probe, **how)
    assert again.trace.count == 7
    again.run()
    np.testing.assert_allclose(again.trace.sequence, wanted.trace.sequence, atol=1e-6)


def test_the_recording_of_another_sequence_is_refused(next_value, tmp_path):
    probe = Probe(next_value)
    stepper_of(next_value, numbers(), 8, tmp_path / "run", probe).run(until=6)
    with pytest.raises(TraceError, match="another generated sequence"):
        stepper_of(next_value, numbers(timesteps=3), 9, tmp_path / "run", probe)
    with pytest.raises(TraceError, match="other data"):
        stepper_of(next_value, numbers(seed=4), 8, tmp_path / "run", probe)


@pytest.mark.parametrize("count", [0, 3, 6, 12])
def test_it_is_saved_and_opened_with_what_was_made(next_value, tmp_path, count):
    stepper = stepper_of(next_value, numbers(), 8, tmp_path / "run")
    stepper.run(until=count)
    stepper.trace.save(tmp_path / "saved.npz")
    for path in ("run", "saved.npz"):
        opened = open_trace(tmp_path / path)
        assert opened.generation == stepper.generation
        np.testing.assert_array_equal(opened.sequence, stepper.trace.sequence)


def test_a_run_over_data_has_no_sequence_of_its_own(next_value):
    trace = record(next_value, numbers())
    assert trace.generation is None
    with pytest.raises(LookupError):
        _ = trace.sequence


# -- what cannot be ---------------------------------------------------------------------------------


def refused(model, seed, steps=3, **how):
    with pytest.raises((ModelError, DataError)) as caught:
        generate(model, seed, steps, **how)
    assert caught.value.hint
    return caught.value.message


def test_a_model_that_needs_the_whole_sequence_is_refused_with_the_reason():
    both_ways = layers.Bidirectional(layers.LSTM(2, return_sequences=True), name="both")
    message = refused(keras.Sequential([keras.Input((None, 1)), both_ways, layers.Dense(1)]), numbers())
    assert "one timestep at a time" in message
    assert "both" in message


def test_an_encoder_and_decoder_is_refused():
    model = keras.Sequential(
        [keras.Input((4, 1)), layers.LSTM(2), layers.RepeatVector(3), layers.LSTM(1, return_sequences=True)]
    )
    assert "whole sequence" in refused(model, numbers())


def test_several_inputs_are_refused():
    x, y = keras.Input((None, 1)), keras.Input((None, 1))
    model = keras.Model([x, y], layers.LSTM(1)(layers.Concatenate()([x, y])))
    assert "2 inputs" in refused(model, numbers())


def test_more_values_than_a_timestep_has_are_refused():
    model = keras.Sequential([keras.Input((3, 1)), layers.LSTM(2), layers.Dense(4)])
    assert "4 values" in refused(model, numbers())


def test_it_is_not_guessed_which_feature_is_predicted_nor_what_the_others_will_be(first_of_two):
    assert "which of them" in refused(first_of_two, numbers(features=2))
    assert "feature 0" in refused(first_of_two, numbers(features=2), columns=[1])
    assert "fewer than the 3" in refused(
        first_of_two, numbers(features=2), columns=[1], others=numbers(2, 2, 2)
    )
    with pytest.raises(DataError, match="others"):
        generate(first_of_two, numbers(features=2), 3, columns=[1], others="guess")


def test_data_that_say_what_is_predicted_is_something_else_are_believed(first_of_two):
    values = np.random.default_rng(0).normal(size=(12, 3))
    other = Dataset.from_series(
        values, Shaping(look_back=3, columns=("a", "b"), target="c"), names=("a", "b", "c")
    )
    assert "'c'" in refused(first_of_two, Seed.from_dataset(other, 2), others="hold")
    now = Dataset.from_series(
        values, Shaping(look_back=3, columns=("a", "b"), target="b", target_is="last"), names=("a", "b", "c")
    )
    assert "same timestep" in refused(first_of_two, Seed.from_dataset(now, 2), others="hold")


def test_more_tokens_than_are_known_are_refused():
    model = keras.Sequential(
        [keras.Input((None,), dtype="int32"), layers.Embedding(4, 2), layers.LSTM(2), layers.Dense(5)]
    )
    assert "5 tokens" in refused(model, np.array([[1, 2]]))


def test_a_seed_that_does_not_fit_is_refused(window_model, next_value, token_model):
    assert "reads 3 at once" in refused(window_model, numbers(1, 2))
    assert "2 features" in refused(next_value, numbers(features=2))
    assert "tokens" in refused(token_model, numbers())
    assert "shape" in refused(next_value, np.zeros(4))
    assert "empty" in refused(next_value, np.zeros((1, 0, 1)))
    assert "differ in length" in refused(next_value, [[[1.0], [2.0]], [[1.0]]])
    assert "instead of numbers" in refused(next_value, [[["a"]]])
    assert "not 4" in refused(window_model, numbers(1, 6), window=4)


@pytest.mark.parametrize("shape", [(2, 6), (1, 6, 2), (2, 6, 1)], ids=str)
def test_other_features_are_given_whole_or_refused(first_of_two, shape):
    words = refused(first_of_two, numbers(2, 4, 2), 6, columns=[0], others=np.zeros(shape))
    assert f"has the shape {shape}" in words


def test_senseless_numbers_are_refused(next_value, token_model):
    assert "0 steps" in refused(next_value, numbers(), 0)
    assert "2.5 steps" in refused(next_value, numbers(), 2.5)
    assert "window of -2" in refused(next_value, numbers(), window=-2)
    assert "twice" in refused(next_value, numbers(), columns=[0, 0])
    assert "temperature" in refused(token_model, np.array([[1]]), temperature=0)
    assert "feature 1" in refused(next_value, numbers(), columns=[1])


def test_the_recipe_is_plain_data():
    one = Generation(4, 3, "timesteps", 1, "values", 1, (0,), (1.0,), (0.0,))
    assert one.length == 7
    assert [one.known(count) for count in range(8)] == [4, 4, 4, 4, 5, 6, 7, 7]
    assert one.places(np.arange(3)).tolist() == [0, 1, 2]


# -- the built-in examples ---------------------------------------------------------------------------


def test_the_wave_goes_on_as_its_own_loop_over_keras_says():
    chosen = example("wave")
    data = Dataset.from_file(chosen.data_path, Shaping(**chosen.shaping))
    loaded = lstm_viz.load_model(chosen.model_path)
    model = wave.build_model(stateful=True)
    model.set_weights(loaded.keras_model.get_weights())
    heard = 30
    seed = Seed.from_dataset(data, heard - 1, before=range(heard - 1))
    trace = generate(loaded, seed, 15, stateful=True)
    wanted = wave.run_free(model, data, heard, 15)
    np.testing.assert_allclose(data.unscale_inputs(trace.sequence)[0, heard:, 0], wanted, rtol=1e-5)


def test_the_text_is_written_on_in_words_that_the_language_has():
    chosen = example("text")
    data = Dataset.from_file(chosen.data_path, Shaping(**chosen.shaping))
    seed = Seed.from_dataset(data, 0, timesteps=20)
    trace = generate(lstm_viz.load_model(chosen.model_path), seed, 200, temperature=0.6, seed_number=1)
    written = "".join(data.token_names[k] for k in trace.sequence[0])
    assert text.share_of_words(written) > 0.9
