import numpy as np
import pytest

import lstm_viz
from lstm_viz import reference
from lstm_viz.cell_state import is_large, unrolled

SAMPLES, TIMESTEPS, UNITS = 3, 400, 5


def growing_gates(seed=3):
    """Gates of a memory that only adds: f is nearly 1, so c reaches hundreds."""
    rng = np.random.default_rng(seed)
    shape = SAMPLES, TIMESTEPS, UNITS
    i, f = rng.uniform(0.8, 1, shape), rng.uniform(0.999, 1, shape)
    return tuple(a.astype(np.float32) for a in (i, f, rng.uniform(0.5, 1, shape)))


def cell_states(gates, dtype, mask=None, resets=None, go_backwards=False):
    """Compute c one timestep after the other in this precision."""
    i, f, g = (gate.astype(dtype) for gate in gates)
    c, found = np.zeros((SAMPLES, UNITS), dtype), np.empty(i.shape, dtype)
    order = reversed(range(TIMESTEPS)) if go_backwards else range(TIMESTEPS)
    for t in order:
        if resets is not None:
            c = np.where(resets[:, t, None], dtype(0), c)
        new = f[:, t] * c + i[:, t] * g[:, t]
        c = new if mask is None else np.where(mask[:, t, None], new, c)
        found[:, t] = c
    return found


START = np.zeros((SAMPLES, UNITS), np.float32)
ALL = np.ones((SAMPLES, TIMESTEPS), bool)


@pytest.mark.parametrize("go_backwards", [False, True])
def test_a_large_cell_state_is_that_of_double_precision(go_backwards):
    gates, rng = growing_gates(), np.random.default_rng(1)
    mask = rng.random((SAMPLES, TIMESTEPS)) < 0.9
    resets = rng.random((SAMPLES, TIMESTEPS)) < 0.005
    single = cell_states(gates, np.float32, mask, resets, go_backwards)
    double = cell_states(gates, np.float64, mask, resets, go_backwards)
    assert is_large(single)
    assert np.abs(single - double).max() > 1e-5
    skipped = tuple(np.where(mask[..., None], gate, np.float32(np.nan)) for gate in gates)
    found = unrolled(skipped, single, START, mask, resets, go_backwards)
    np.testing.assert_allclose(found, double, rtol=0, atol=1e-10)


def test_a_cell_state_that_contradicts_its_gates_is_left_as_it_was_recorded():
    gates = growing_gates()
    single = cell_states(gates, np.float32)
    single[1, 200, 2] += 0.01
    found = unrolled(gates, single, START, ALL)
    assert found[1, 200, 2] == single[1, 200, 2]
    assert np.abs(found[1, :200] - cell_states(gates, np.float64)[1, :200]).max() < 1e-10


def test_what_is_not_recorded_stays_nan():
    gates = growing_gates()
    single = cell_states(gates, np.float32)
    single[2, 300:] = np.nan
    mask = ALL.copy()
    mask[2, 300:] = False
    found = unrolled(gates, single, START, mask)
    assert np.isnan(found[2, 300:]).all()
    assert not np.isnan(found[2, :300]).any()


def remembering_model():
    """Return an LSTM of one unit that keeps everything and adds nearly one at each timestep."""
    import keras

    model = keras.Sequential([keras.Input((None, 1)), keras.layers.LSTM(1, name="lstm")])
    kernel, recurrent = np.zeros((1, 4), np.float32), np.zeros((1, 4), np.float32)
    model.layers[0].set_weights([kernel, recurrent, np.array([9.3, 12.1, 4.2, 0.3], np.float32)])
    return model


def test_a_recorded_cell_state_of_hundreds_equals_the_reference_and_its_own_gates():
    model = remembering_model()
    inputs = np.zeros((2, 300, 1), np.float32)
    resets = lstm_viz.Resets(at=(lstm_viz.ResetPoint(0, 40), lstm_viz.ResetPoint(1, 60, epoch=0)))
    trace = lstm_viz.record(model, inputs, batch_size=1, stateful=True, resets=resets)
    layer = trace.layers["lstm"]
    assert layer.c.dtype == np.float64
    assert layer.c.max() > 300
    at = np.zeros((1, 600), bool)
    at[0, [40, 360]] = True
    wanted = reference.lstm(inputs.reshape(1, 600, 1), *model.layers[0].get_weights(), resets=at)
    np.testing.assert_allclose(layer.c.reshape(1, 600, 1), wanted["c"], rtol=1e-5)  # of float32 gates
    before = np.concatenate([layer.initial_c[:, None], layer.c[:, :-1]], axis=1)
    before[0, 40] = before[1, 60] = 0
    np.testing.assert_allclose(
        layer.c, layer.f.astype(float) * before + layer.i.astype(float) * layer.g, atol=1e-5
    )


def test_an_ordinary_cell_state_is_float32():
    trace = lstm_viz.record(remembering_model(), np.zeros((1, 20, 1), np.float32))
    assert trace.layers["lstm"].c.dtype == np.float32
