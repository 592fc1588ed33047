"""Generation: held against a plain loop over the Keras model, and stepped."""

import keras
import numpy as np
import pytest
from keras import layers

import lstm_viz
from lstm_viz import Dataset, Resets, Seed, generate, open_trace
from lstm_viz.contributions import explain
from lstm_viz.dataset import Shaping
from lstm_viz.errors import TraceError
from lstm_viz.examples import example, text, wave
from lstm_viz.generation.feedback import generation_for
from lstm_viz.generation.run import GeneratingStepper
from lstm_viz.plan import ResetPoint
from lstm_viz.probe import Probe
from lstm_viz.recording import record
from lstm_viz.reference import ACTIVATIONS
from tests.lstm_viz.generation.conftest import (
    answer,
    as_it_is,
    longer,
    model_of,
    numbers,
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
