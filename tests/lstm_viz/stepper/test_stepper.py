"""Stepping, for every shape of model held against Keras; another plan on the way."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from keras import layers

import lstm_viz
from lstm_viz.errors import DataError, PlanError
from lstm_viz.plan import Plan, Position, ResetPoint, Resets
from lstm_viz.recording import record
from lstm_viz.stepper import Stepper
from tests.lstm_viz.stepper.conftest import assert_same, data, finished, model_of, run_plan, stepped

BUSY = Resets(every=5, at=(ResetPoint(0, 3, rows=(1,)), ResetPoint(1, 0, rows=(0,)), ResetPoint(2, 6)))

# -- held against Keras, for every shape of model ---------------------------------------------------


def test_a_stateless_run_gives_what_keras_gives_also_with_a_smaller_last_batch(case):
    trace = finished(case.stepper(batch_size=4))
    for output, wanted in zip(trace.outputs, case.predicted, strict=True):
        assert output.dtype == wanted.dtype
        np.testing.assert_allclose(output, wanted, rtol=0, atol=case.shape.tolerance)


@pytest.mark.shapes(lambda shape: shape.like_stateful)
def test_a_stateful_run_gives_what_keras_gives_with_its_own_stateful_layers(case):
    twin = case.stateful_twin(batch_size=2)
    batches = [
        [np.asarray(y) for y in keras.tree.flatten(twin(case.given(slice(k, k + 2)), training=False))]
        for k in (0, 2, 4)
    ]
    wanted = [np.concatenate(parts) for parts in zip(*batches, strict=True)]
    trace = finished(case.stepper(stateful=True))
    for output, other in zip(trace.outputs, wanted, strict=True):
        np.testing.assert_allclose(output, other, rtol=0, atol=case.shape.tolerance)


def test_step_by_step_gives_what_the_whole_run_gives(case):
    options = {"stateful": True, "resets": BUSY}
    whole, single = case.stepper(**options), case.stepper(**options)
    assert_same(stepped(single), finished(whole), case.shape.tolerance)


def test_what_happens_in_one_row_changes_no_other_row(case):
    options = {"stateful": True, "resets": BUSY}
    wanted = finished(case.stepper(**options))
    inputs = [x.copy() for x in case.inputs]
    for x in inputs:
        x[[1, 3, 5]] = x[[3, 5, 1]]  # the second row of each batch of two
    other = lstm_viz.Stepper(case.model, inputs, batch_size=2, probe=case.probe, **options)
    assert_same(finished(other), wanted, case.shape.tolerance, samples=[0, 2, 4])


def test_it_says_where_it_stands(probe):
    stepper = Stepper(probe.model, data(3), batch_size=2, probe=probe)
    stepper.run(until=3)
    assert repr(stepper) == f"<Stepper: 3 of {len(stepper.plan)} steps, at {stepper.position}>"
    stepper.run()
    assert repr(stepper).endswith("steps, finished>")


def test_another_plan_in_the_middle_gives_what_a_fresh_run_under_it_gives(case):
    plan = Plan(6, 7, 2, True, BUSY)
    changes = [
        replace(plan, stateful=False),
        replace(plan, resets=Resets(each_batch=True)),
        plan.with_reset(ResetPoint(1, 4, rows=(0,))),
        plan.with_reset(ResetPoint(2, 1)),
    ]
    stepper = case.stepper(stateful=True, resets=BUSY)
    for changed in changes:
        stepper.run(until=7 + 5)
        stepper.reconfigure(changed)
        stepper.run(until=14 + 3)
        stepper.reconfigure(plan)
        stepper.reconfigure(changed)
        wanted = finished(case.stepper(stateful=changed.stateful, resets=changed.resets))
        assert_same(finished(stepper), wanted, case.shape.tolerance)


def test_a_run_taken_up_at_any_step_goes_on_as_if_it_had_never_stopped(case):
    wanted = finished(case.stepper(stateful=True, resets=BUSY))
    stepper = case.stepper(stateful=True, resets=BUSY)
    for step in (21, 20, 14, 12, 8, 7, 3, 0):
        stepper.run(until=step + 1)
        stepper.rewind(step)
        assert stepper.trace.count <= step
    assert_same(finished(stepper), wanted, case.shape.tolerance)


# -- stepping ---------------------------------------------------------------------------------------


def test_a_step_tells_where_it_was_which_samples_it_held_and_what_it_computed(probe):
    stepper = Stepper(probe.model, data(3), batch_size=2, probe=probe)
    stepper.run(until=6)
    step = stepper.step()
    (layer,) = stepper.trace.layers.values()
    assert step.position == Position(0, 1, 1)
    assert step.samples.tolist() == [2]
    assert step.signals[layer.layer.path].shape == (1, 6, 3)
    np.testing.assert_array_equal(step.signals[layer.layer.path][0, 5], layer.h[2, 1])
    assert stepper.position == Position(0, 1, 2)


def test_after_the_last_step_the_position_is_the_epoch_that_never_comes(probe):
    stepper = Stepper(probe.model, data(3), batch_size=2, probe=probe)
    stepper.run()
    assert stepper.finished
    assert stepper.position == Position(1, 0, 0)


@pytest.mark.parametrize("go_on", [Stepper.step, Stepper.reset])
def test_a_finished_run_can_be_neither_stepped_nor_reset(probe, go_on):
    stepper = Stepper(probe.model, data(3), probe=probe)
    stepper.run()
    with pytest.raises(PlanError, match="run of 5 steps is finished"):
        go_on(stepper)


def test_a_run_can_be_stopped_at_a_step_and_by_the_clock(probe):
    stepper = Stepper(probe.model, data(3), batch_size=1, probe=probe)
    stepper.run(until=7)
    assert stepper.trace.count == 7
    stepper.run(until=3)
    assert stepper.trace.count == 7
    stepper.run(seconds=0)
    assert 7 < stepper.trace.count < 15
    stepper.run(seconds=1000)
    assert stepper.finished


def test_progress_grows_to_one(probe):
    told = []
    record(probe.model, data(6), batch_size=2, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    assert len(told) > 1


def test_a_sequence_too_long_for_one_stretch_gives_what_keras_gives():
    model, x, told = model_of(layers.LSTM(2, return_sequences=True), timesteps=9000), data(1, 9000), []
    stepper = Stepper(model, x)
    stepper.run(progress=told.append)
    assert len(told) > 1
    np.testing.assert_allclose(stepper.trace.outputs[0], model.predict(x, verbose=0), rtol=0, atol=1e-6)


def test_what_progress_raises_stops_the_run_where_it_is(probe):
    class Enough(Exception):  # noqa: N818 - it is no error
        pass

    def stop(done):
        raise Enough

    stepper = Stepper(probe.model, data(6), batch_size=2, probe=probe)
    with pytest.raises(Enough):
        stepper.run(progress=stop)
    assert stepper.trace.count == 5
    assert_same(finished(stepper), record(probe.model, data(6), batch_size=2), tolerance=0)


@pytest.mark.parametrize("rows", [None, (1,)])
def test_a_reset_by_hand_equals_a_reset_point_there(probe, rows):
    stepper = Stepper(probe.model, data(4), batch_size=2, stateful=True, probe=probe)
    stepper.run(until=7)
    stepper.reset(rows)
    assert stepper.trace.count == 7  # nothing before it has changed
    point = ResetPoint(1, 2, rows, epoch=0)
    assert stepper.plan.resets.at == (point,)
    assert_same(finished(stepper), run_plan(probe, data(4), Plan(4, 5, 2, True, Resets(at=(point,)))), 0)


def test_a_reset_by_hand_computes_the_batch_of_a_model_that_sees_it_whole_anew(two_way):
    stepper = Stepper(two_way.model, data(4), batch_size=2, stateful=True, probe=two_way)
    stepper.run(until=7)
    stepper.reset()
    assert stepper.trace.count == 5
    plan = Plan(4, 5, 2, True, Resets(at=(ResetPoint(1, 2),)))
    assert_same(finished(stepper), run_plan(two_way, data(4), plan), 0)


def test_it_says_why_a_model_is_not_fed_stepwise(two_way, probe):
    assert "several timesteps" in Stepper(two_way.model, data(2), probe=two_way).stepwise_reason
    assert Stepper(probe.model, data(2), probe=probe).stepwise_reason == ""


# -- changing the plan ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "dropped"),
    [
        ({"stateful": True}, None),
        ({"stateful": False}, 5),
        ({"resets": Resets(each_batch=True)}, 5),
        ({"resets": Resets(at=(ResetPoint(0, 3),))}, 3),
        ({"resets": Resets(at=(ResetPoint(1, 3),))}, None),  # step 8 is not recorded yet
        ({"resets": Resets(at=(ResetPoint(0, 0),))}, None),  # the run starts there anyway
    ],
)
def test_only_what_another_plan_changes_is_dropped(probe, change, dropped):
    stepper = Stepper(probe.model, data(4), batch_size=2, stateful=True, probe=probe)
    stepper.run(until=8)
    assert stepper.reconfigure(replace(stepper.plan, **change)) == dropped
    assert stepper.trace.count == (8 if dropped is None else dropped)


@pytest.mark.parametrize(
    ("change", "dropped"),
    [
        ({"stateful": False}, 5),
        ({"resets": Resets(at=(ResetPoint(0, 3),))}, 0),
        ({"resets": Resets(at=(ResetPoint(1, 1),))}, 5),
        ({"resets": Resets(at=(ResetPoint(1, 4),))}, 5),  # its batch is computed already
        ({"resets": Resets(at=(ResetPoint(2, 0),))}, None),
    ],
)
def test_of_a_model_that_sees_batches_whole_whole_batches_are_dropped(two_way, change, dropped):
    stepper = Stepper(two_way.model, data(6), batch_size=2, stateful=True, probe=two_way)
    stepper.run(until=8)
    assert stepper.reconfigure(replace(stepper.plan, **change)) == dropped
    assert stepper.trace.count == (8 if dropped is None else dropped)


def test_states_that_are_not_recorded_drop_a_stateful_run_to_its_start(named_case):
    stepper = named_case("gru before").stepper(stateful=True)
    stepper.run(until=14)
    assert stepper.reconfigure(replace(stepper.plan, resets=Resets(at=(ResetPoint(2, 3),)))) is None
    assert stepper.reconfigure(replace(stepper.plan, resets=Resets(at=(ResetPoint(1, 3),)))) == 0
    assert stepper.trace.count == 0


def test_another_batch_size_needs_another_stepper(probe):
    stepper = Stepper(probe.model, data(4), batch_size=2, probe=probe)
    with pytest.raises(PlanError, match="need a run of their own"):
        stepper.reconfigure(replace(stepper.plan, batch_size=4))


# -- what is taken, and what is refused --------------------------------------------------------------


def test_the_batch_size_is_keras_own_unless_stateful(probe):
    assert Stepper(probe.model, data(40), probe=probe).plan.batch_size == 32
    assert Stepper(probe.model, data(4), probe=probe).plan.batch_size == 4
    assert Stepper(probe.model, data(4), stateful=True, probe=probe).plan.batch_size == 1


def test_inputs_may_be_given_by_name(named_case):
    case = named_case("named inputs and outputs")
    wanted = record(case.model, case.inputs, batch_size=4)
    assert_same(record(case.model, case.given(), batch_size=4), wanted, tolerance=0)


def test_inputs_may_be_a_dataset(model):
    x = data(4)
    wanted = record(model, x)
    assert_same(record(model, lstm_viz.Dataset.from_arrays(x)), wanted, tolerance=0)


def test_inputs_by_other_names_are_refused_with_both(named_case):
    case = named_case("named inputs and outputs")
    with pytest.raises(DataError) as refused:
        record(case.model, {"zebra": case.inputs[0], "lion": case.inputs[1]})
    assert "ape, zebra" in refused.value.message
    assert "zebra, lion" in refused.value.message


@pytest.mark.parametrize("inputs", [np.empty((0, 5, 2)), [], 3.0])
def test_no_samples_are_refused(model, inputs):
    with pytest.raises(DataError, match="no samples"):
        record(model, inputs)


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((4, 5, 3), "sequences of 5 timesteps with 3 features"),
        ((4, 6, 2), "sequences of 6 timesteps with 2 features"),
        ((4, 5), "5 features without a time axis"),
    ],
)
def test_data_of_the_wrong_shape_are_refused_with_both_shapes_in_words(model, shape, words):
    with pytest.raises(DataError) as refused:
        record(model, np.zeros(shape, "f4"))
    assert "sequences of 5 timesteps with 2 features" in refused.value.message
    assert words in refused.value.message


def test_too_few_inputs_are_refused(named_case):
    case = named_case("two sequences")
    with pytest.raises(DataError, match="2 inputs, the data have 1"):
        record(case.model, case.inputs[0])


def test_inputs_of_different_numbers_of_samples_are_refused(named_case):
    case = named_case("two sequences")
    with pytest.raises(DataError, match=r"different numbers of samples: \[3, 6\]"):
        record(case.model, [case.inputs[0], case.inputs[1][:3]])


def test_sequences_of_different_lengths_are_refused():
    x, y = keras.Input((None, 2)), keras.Input((None, 2))
    both = [layers.LSTM(2)(x), layers.LSTM(2)(y)]
    model = keras.Model([x, y], layers.Add()(both))
    with pytest.raises(DataError, match=r"different lengths: \[4, 5\] timesteps"):
        record(model, [data(2, timesteps=5), data(2, timesteps=4)])


def test_a_batch_size_that_does_not_divide_is_refused_when_stateful(probe):
    with pytest.raises(PlanError, match="5 samples cannot be cut into batches of 2"):
        Stepper(probe.model, data(5), batch_size=2, stateful=True, probe=probe)
