from __future__ import annotations

import pytest

from app.run_text import place_words, state_words
from lstm_viz.plan import Plan, ResetPoint, Resets


def test_a_place_names_what_there_is_more_than_one_of() -> None:
    assert place_words(Plan(1, 5), 3, 0) == "t = 3 · row 0 = sample 0"
    assert place_words(Plan(6, 4, 2), 9, 1) == "t = 9 · batch 2, timestep 1 · row 1 = sample 5"
    in_second_epoch = place_words(Plan(6, 4, 2, epochs=2), 13, 0)
    assert in_second_epoch == "t = 13 · epoch 1 · batch 0, timestep 1 · row 0 = sample 0"


def test_a_smaller_last_batch_is_said_to_lack_the_row() -> None:
    assert place_words(Plan(5, 2, 2), 4, 1) == "t = 4 · batch 2, timestep 0 · no row 1 in this batch of 1"
    assert state_words(Plan(5, 2, 2), 4, 1) == ""


@pytest.mark.parametrize(
    ("plan", "step", "words"),
    [
        (Plan(6, 4, 2), 0, "state is zero before it: the run starts here"),
        (Plan(6, 4, 2), 4, "state is zero before it: not stateful: every batch starts from zeros"),
        (Plan(6, 4, 2), 5, "state runs on from this batch's start"),
        (Plan(6, 4, 2, True), 4, "state carried: row 1 starts batch 1 from sample 1's last state"),
        (Plan(6, 4, 2, True), 9, "state runs on from batch 0, carried over from sample 3"),
        (
            Plan(6, 4, 2, True, Resets(each_batch=True)),
            4,
            "state is zero before it: reset before each batch",
        ),
        (Plan(6, 4, 2, True, epochs=2), 12, "state is zero before it: reset at the start of each epoch"),
        (
            Plan(6, 4, 2, True, Resets(each_epoch=False), epochs=2),
            13,
            "state runs on from batch 0 of epoch 0, carried over from sample 5",
        ),
        (Plan(6, 4, 2, True, Resets(every=3)), 3, "state is zero before it: reset every n timesteps"),
        (Plan(6, 4, 2, True, Resets(at=(ResetPoint(1, 2),))), 7, "state runs on from timestep 2"),
        (
            Plan(6, 4, 2, True, Resets(at=(ResetPoint(1, 2),))),
            6,
            "state is zero before it: reset point put by hand",
        ),
        (Plan(6, 4, 2, True, Resets(at=(ResetPoint(1, 2, rows=(0,)),))), 6, "state runs on from batch 0"),
    ],
)
def test_it_says_where_the_state_before_a_step_came_from(plan: Plan, step: int, words: str) -> None:
    assert state_words(plan, step, 1).startswith(words)


def test_at_every_step_of_a_run_the_words_agree_with_the_plan() -> None:
    plan = Plan(6, 3, 2, True, Resets(every=5, at=(ResetPoint(1, 1, rows=(1,)),)), epochs=2)
    for row in range(2):
        zeros = {step for b in range(6) for step, _ in plan.reset_steps(*divmod(b, 3), row)}
        said = {step for step in range(len(plan)) if state_words(plan, step, row).startswith("state is zero")}
        assert said == zeros
