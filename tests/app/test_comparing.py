from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.comparing import Wish, choices
from app.engine.messages import RunSettings
from app.run_plan import plan_of
from lstm_viz.dataset import Dataset
from lstm_viz.plan import Plan, ResetPoint, Resets

PLAN = Plan(12, 3, 4, stateful=True, resets=Resets(at=(ResetPoint(1, 2),)))
A = RunSettings(4, True, PLAN.resets, epochs=2)


def offered(settings: RunSettings, plan: Plan | None = PLAN) -> dict[str, bool]:
    return {choice.key: choice.enabled for choice in choices(settings, plan, 0)}


@pytest.mark.parametrize(
    ("key", "changed"),
    [
        ("stateless", {"stateful": False}),
        ("stateful", {"stateful": True}),
        ("no_resets", {"resets": Resets(each_epoch=False)}),
        ("row", {"perturbed_row": 2}),
        ("model", {}),
    ],
)
def test_the_second_run_differs_in_one_thing(key: str, changed: dict[str, object]) -> None:
    assert Wish(key, row=2).settings(A, PLAN) == replace(A, **changed)


def test_batch_size_1_resets_the_same_samples() -> None:
    settings = Wish("batch_1").settings(A, PLAN)
    assert (settings.batch_size, settings.stateful) == (1, True)
    at = {(point.batch, point.timestep) for point in settings.resets.at}
    assert at == {(4, 2), (5, 2), (6, 2), (7, 2)}


def test_batch_size_1_of_interleaved_samples_resets_the_same_samples_in_their_own_order() -> None:
    order = (0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11)
    at = (ResetPoint(1, 2, rows=(1, 3)),)
    plan = replace(PLAN, order=order, resets=Resets(at=at))
    settings = Wish("batch_1").settings(replace(A, resets=plan.resets, interleaved=True), plan)
    assert not settings.interleaved
    assert {(point.batch, point.timestep) for point in settings.resets.at} == {(4, 2), (10, 2)}


def test_a_row_that_a_smaller_batch_lacks_becomes_the_last_one() -> None:
    assert Wish("row", row=9).settings(A, PLAN).perturbed_row == 3


def test_what_would_make_no_difference_is_not_offered() -> None:
    assert offered(A) == {
        "stateless": True,
        "batch_1": True,
        "no_resets": True,
        "row": True,
        "model": True,
    }
    plain = offered(RunSettings(1))
    assert "stateless" not in plain
    assert (plain["stateful"], plain["batch_1"], plain["no_resets"]) == (True, False, False)


@pytest.mark.parametrize(
    ("settings", "has_resets"),
    [
        (RunSettings(4, True), False),  # one epoch: its start is the start of the run
        (RunSettings(4, True, epochs=2), True),
        (RunSettings(4, True, Resets(each_batch=True)), True),
        (RunSettings(4, False, Resets(each_batch=True), epochs=2), False),
        (RunSettings(4, False, Resets(every=2)), True),
        (RunSettings(4, False, Resets(at=(ResetPoint(0, 1),))), True),
    ],
)
def test_leaving_out_resets_is_offered_where_there_are_any(settings: RunSettings, has_resets: bool) -> None:
    assert offered(settings)["no_resets"] == has_resets


def test_stateful_is_offered_only_where_the_samples_fill_the_batches() -> None:
    plan = Plan(12, 3, 5)
    found = choices(RunSettings(5), plan, 0)[0]
    assert (found.key, found.enabled) == ("stateful", False)
    assert "12 samples do not fill batches of 5" in found.tip


def test_nothing_is_offered_before_there_is_a_run() -> None:
    assert not any(offered(RunSettings(), None).values())


LENGTHS = (3, 3, 2, 2, 3, 3)
SEQUENCES = Dataset.from_arrays(np.zeros((6, 3, 1), np.float32), lengths=LENGTHS)


def padding_offered(settings: RunSettings, one_length: bool = False) -> dict[str, bool]:
    plan = plan_of(SEQUENCES, 3, settings)
    found = choices(settings, plan, 0, SEQUENCES, one_length)
    return {choice.key: choice.enabled for choice in found if choice.key in ("padded", "own_lengths")}


def test_samples_of_different_lengths_are_compared_with_the_other_way_to_run_them() -> None:
    assert padding_offered(RunSettings(2)) == {"padded": True}
    assert padding_offered(RunSettings(2, padded=True)) == {"own_lengths": True}
    assert padding_offered(RunSettings(2, padded=True), one_length=True) == {"own_lengths": False}
    assert padding_offered(RunSettings(3, True, padded=True)) == {"own_lengths": False}
    assert {"padded", "own_lengths"}.isdisjoint(offered(A))


def test_reset_points_stay_with_their_samples_when_these_are_padded_and_back() -> None:
    # Batches of two: samples 0 and 1, 2 and 3, 4 and 5, in both runs.
    at = (ResetPoint(1, 1, rows=(1,)), ResetPoint(2, 2))
    settings = RunSettings(2, resets=Resets(at=at))
    padded = Wish("padded").settings(settings, plan_of(SEQUENCES, 3, settings), SEQUENCES)
    assert padded == replace(settings, padded=True)
    late = replace(padded, resets=Resets(at=(*at, ResetPoint(1, 2))))  # samples 2 and 3 end before it
    back = Wish("own_lengths").settings(late, plan_of(SEQUENCES, 3, late), SEQUENCES)
    assert back == settings
