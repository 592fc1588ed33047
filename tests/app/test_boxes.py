from __future__ import annotations

from dataclasses import replace

import pytest

from app.boxes import inner_resets, next_batch, unrolled
from app.engine.messages import ModelInfo
from app.plots.boxes_layout import HandOver, OutputRow, Unrolled
from lstm_viz.layers import LSTMLayer
from lstm_viz.plan import Plan, ResetPoint, Resets
from lstm_viz.trace import OutputSpec
from lstm_viz.wiring import LayerWiring, OutputWiring, Wiring

TEN = Plan(6, 10, 2)
ONE = OutputSpec((1,), each_step=False)
EACH = OutputSpec((1,), each_step=True)


def model(*layers: tuple[LSTMLayer, int], wired: Wiring | None) -> ModelInfo:
    return ModelInfo(
        title="model",
        path="model.keras",
        format="keras",
        keras_version="3",
        rows=(),
        lstm_layers=tuple(layer for layer, _ in layers),
        layer_timesteps=tuple(timesteps for _, timesteps in layers),
        notes=(),
        stepwise_reason="",
        output_names=("out",),
        input_shapes=((None, 10, 1),),
        saved_stateful=False,
        saved_batch_size=None,
        wiring=wired,
    )


def made(info: ModelInfo, output: OutputSpec | None = ONE, plan: Plan = TEN, batch: int = 0) -> Unrolled:
    found = unrolled(info, plan, batch, output)
    assert found is not None
    return found


A, B = LSTMLayer("a", 4, 1), LSTMLayer("b", 3, 4, return_sequences=False)
STACK = Wiring(
    (LayerWiring("a", "input 0", inputs=(0,)), LayerWiring("b", "input 0", reads=("a",))),
    (OutputWiring(("b",), None),),
)
STACKED = model((A, 10), (B, 10), wired=STACK)


def test_a_stack_is_one_row_for_each_layer_with_one_output_at_its_end() -> None:
    found = made(STACKED)
    assert [(row.path, row.slot, row.reads, row.reads_input) for row in found.rows] == [
        ("a", 0, (), True),
        ("b", 1, (0,), False),
    ]
    assert [row.note for row in found.rows] == ["4 units", "3 units"]
    assert found.output == OutputRow(0, (1,), None)
    assert found.kind == "Many-to-one: a sequence goes in, one output comes out at its end"
    assert found.segments[0].caption == "10 timesteps"


def test_an_output_at_every_timestep_is_many_to_many() -> None:
    wired = replace(STACK, outputs=(OutputWiring(("a",), "input 0"),))
    found = made(model((A, 10), (B, 10), wired=wired), EACH)
    assert found.output == OutputRow(0, (0,), 10)
    assert found.kind.startswith("Many-to-many: ")


def test_one_timestep_is_one_to_one() -> None:
    info = model(
        (B, 1), wired=Wiring((LayerWiring("b", "input 0", inputs=(0,)),), (OutputWiring(("b",), None),))
    )
    assert made(info, plan=Plan(6, 1)).kind.startswith("One-to-one: ")


@pytest.mark.parametrize(("each", "words"), [(True, "a sequence comes out"), (False, "at its end")])
def test_a_repeated_input_is_one_to_many(each: bool, words: str) -> None:
    wired = Wiring(
        (LayerWiring("a", "again", inputs=(0,), repeats=True),),
        (OutputWiring(("a",), "again" if each else None),),
    )
    found = made(model((A, 10), wired=wired), EACH if each else ONE)
    assert found.kind.startswith("One-to-many: ")
    assert found.kind.endswith(words)
    assert found.segments[0].repeats
    assert found.segments[0].input == 0


def test_a_decoder_behind_a_repeated_vector_has_a_time_axis_of_its_own() -> None:
    wired = Wiring(
        (LayerWiring("a", "input 0", inputs=(0,)), LayerWiring("b", "again", reads=("a",), repeats=True)),
        (OutputWiring(("b",), "again"),),
    )
    found = made(model((A, 10), (B, 4), wired=wired), OutputSpec((4, 1), each_step=False))
    assert [segment.timesteps for segment in found.segments] == [10, 4]
    assert [segment.caption for segment in found.segments] == [
        "encoder · 10 timesteps",
        "decoder · 4 timesteps of its own",
    ]
    assert found.hand_overs == (HandOver((0,), 1),)
    assert found.hand_overs[0].what == "vector"
    assert found.output == OutputRow(1, (1,), 4)
    assert [row.slot for row in found.rows] == [0, 0]
    assert not found.rows[1].resets_inside
    assert found.kind.startswith(
        "Encoder and decoder: a sequence goes in, what it gives at its end is repeated"
    )


def test_a_decoder_that_starts_from_states_is_handed_them() -> None:
    wired = Wiring(
        (
            LayerWiring("a", "input 0", inputs=(0,)),
            LayerWiring("b", "input 1", inputs=(1,), starts_from=("a",)),
        ),
        (OutputWiring(("b",), "input 1"),),
    )
    found = made(model((A, 10), (B, 10), wired=wired), EACH)
    assert len(found.segments) == 2  # although both have ten timesteps
    assert found.hand_overs == (HandOver((0,), 1, 1),)
    assert found.rows[1].handed == (0,)
    assert "its last h and c are handed over" in found.kind


def test_layers_on_two_inputs_of_one_length_stand_one_above_the_other() -> None:
    wired = Wiring(
        (LayerWiring("a", "input 0", inputs=(0,)), LayerWiring("b", "input 1", inputs=(1,))),
        (OutputWiring(("a", "b"), None),),
    )
    assert [row.slot for row in made(model((A, 10), (B, 10), wired=wired)).rows] == [0, 1]
    apart = made(model((A, 10), (B, 4), wired=wired))
    assert [row.segment for row in apart.rows] == [0, 1]
    assert apart.hand_overs == ()


def test_a_layer_behind_a_pooling_layer_has_wider_boxes_over_the_same_time() -> None:
    found = made(model((A, 5), (B, 5), wired=STACK))
    assert len(found.segments) == 1
    assert found.segments[0].timesteps == 10
    assert found.rows[0].timesteps == 5


def test_without_a_known_wiring_the_layers_are_taken_for_a_stack() -> None:
    assert made(replace(STACKED, wiring=None)) == made(STACKED)
    assert made(replace(STACKED, wiring=Wiring())) == made(STACKED)


def test_a_model_without_an_lstm_has_no_diagram() -> None:
    assert unrolled(model(wired=Wiring()), TEN, 0, ONE) is None


def test_a_model_without_an_output_has_a_diagram_all_the_same() -> None:
    assert made(STACKED, None).output is None


def test_a_shorter_batch_has_fewer_boxes() -> None:
    plan = Plan(3, 10, 1, lengths=(10, 4, 7))
    batch, _ = plan.place(1)
    found = made(STACKED, plan=plan, batch=batch)
    assert found.timesteps == 4
    assert [row.timesteps for row in found.rows] == [4, 4]


def test_places_on_two_time_axes_belong_together() -> None:
    found = made(STACKED)
    for own in (4, 5, 10, 25):
        reached = [found.own_timestep(own, t) for t in range(10)]
        assert reached[-1] == own - 1
        assert reached == sorted(reached)
        for k in range(own):
            first = found.run_timestep(own, k)
            assert reached[first] >= k
            assert first == 0 or reached[first - 1] < k


# -- states between batches -------------------------------------------------------------------------


def test_the_last_state_goes_to_the_sample_that_the_plan_starts_from_it() -> None:
    plan = Plan(6, 10, 2, stateful=True, epochs=2)
    assert next_batch(plan, 0, 0, 1) == 3
    assert next_batch(plan, 0, 2, 0) is None  # reset at the start of each epoch
    on = replace(plan, resets=Resets(each_epoch=False))
    assert next_batch(on, 0, 2, 0) == 0
    assert next_batch(on, 1, 2, 0) is None  # the run ends
    assert next_batch(Plan(6, 10, 2), 0, 0, 1) is None


def test_resets_inside_a_batch_are_found_for_the_row_and_not_the_one_at_its_start() -> None:
    points = (ResetPoint(0, 0), ResetPoint(0, 4), ResetPoint(0, 7, rows=(1,)), ResetPoint(1, 5))
    plan = Plan(6, 10, 2, stateful=True, resets=Resets(at=points))
    assert inner_resets(plan, 0, 0, 0, range(10)) == {4: "point"}
    assert inner_resets(plan, 0, 0, 1, range(10)) == {4: "point", 7: "point"}
    assert inner_resets(plan, 0, 0, 1, range(5, 10)) == {7: "point"}
    assert inner_resets(plan, 0, 2, 0, range(10)) == {}
