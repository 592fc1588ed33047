import numpy as np
import pytest

from lstm_viz import Dataset, generate, load_model
from lstm_viz.dataset import Shaping
from lstm_viz.examples import example, wave
from lstm_viz.generation.seed import Seed


@pytest.fixture(scope="module")
def shown():
    return example("wave")


@pytest.fixture(scope="module")
def data(shown):
    return Dataset.from_file(shown.data_path, Shaping(**shown.shaping))


@pytest.fixture(scope="module")
def model(shown):
    model = wave.build_model()
    model.load_weights(shown.model_path)
    return model


def test_the_shipped_series_is_the_one_of_the_script(data):
    np.testing.assert_allclose(data.series[:, -1], wave.generate_series(), atol=0.01)


def test_the_next_hour_is_foretold_far_better_than_by_repeating_the_one_before(shown):
    assert shown.scores["rmse"] < 0.1 * shown.scores["baseline_rmse"]


def test_it_draws_the_tide_by_itself_as_well_as_it_states(shown, data, model):
    drawn = wave.run_free(model, data, wave.FITTED, wave.FREE_RUN)
    truth = wave.generate_series()[wave.FITTED : wave.FITTED + wave.FREE_RUN]
    rmse = float(np.sqrt(np.mean((drawn - truth) ** 2)))
    assert rmse == pytest.approx(shown.scores["free_rmse"], rel=0.05)
    assert rmse < 0.2


def test_what_it_draws_by_itself_is_what_the_equations_give_when_each_output_is_the_next_input(data, model):
    kernel, recurrent_kernel, bias, dense, offset = map(np.asarray, model.get_weights())
    h = c = np.zeros(24)
    drawn = []
    for step in range(30):
        value = data.inputs[0][step, 0] if step < 20 else drawn[-1]
        gates = np.asarray(value) @ kernel + h @ recurrent_kernel + bias
        i, f, g, o = np.split(gates, 4)
        c = c / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
        h = np.tanh(c) / (1 + np.exp(-o))
        drawn.append(h @ dense + offset)
    expected = data.unscale_targets(np.array(drawn[19:]).ravel())
    np.testing.assert_allclose(wave.run_free(model, data, 20, 11), expected, atol=1e-4)


def test_generating_draws_the_same_wave_as_the_script_does(shown, data, model):
    begin = {**shown.generate, "steps": 20}
    seed = Seed.from_dataset(data, begin["sample"], begin["timesteps"], range(begin["sample"]))
    trace = generate(load_model(shown.model_path), seed, begin["steps"], stateful=True)
    drawn = data.unscale_inputs(trace.sequence[0, -begin["steps"] :])[:, 0]
    np.testing.assert_allclose(drawn, wave.run_free(model, data, wave.FITTED, begin["steps"]), atol=1e-3)
