from __future__ import annotations

import pytest

from app.engine.answers import Answers
from app.engine.messages import (
    Advance,
    Cancel,
    Cancelled,
    Configure,
    Configured,
    DataOpened,
    Event,
    Failed,
    ModelInfo,
    Open,
    Opened,
    Progress,
    RecordingOpened,
    Reshape,
    RunSettings,
    Saved,
)
from lstm_viz.dataset import Shaping
from lstm_viz.plan import Plan

INFO = ModelInfo(
    "m", "m.keras", "Keras 3 .keras", "3.15", (), (), (), (), "", ("y",), ((None, 3, 1),), False, None
)
PLAN = Plan(6, 3)


def opened(generation: int, folder: str = "1") -> Opened:
    return Opened(generation, INFO, f"data/{folder}", RunSettings(), PLAN, f"recordings/{folder}", None)


def configured(generation: int, folder: str = "1") -> Configured:
    return Configured(generation, RunSettings(stateful=True), PLAN, f"recordings/{folder}", "")


def failed(generation: int, command: str) -> Failed:
    return Failed(generation, command, "no", "", "")


@pytest.fixture
def answers() -> Answers:
    return Answers()


def test_answers_count_in_the_order_in_which_they_come(answers: Answers) -> None:
    answers.sent(Open(1, example="tagger"))
    events: list[Event] = [DataOpened(1, "data/1"), Progress(1, "…"), opened(1), Saved(1, "x")]
    assert [answers.received(event) for event in events] == [[event] for event in events]


def test_a_late_answer_is_dropped_when_the_newer_command_succeeds(answers: Answers) -> None:
    answers.sent(Configure(1, RunSettings()))
    answers.sent(Configure(2, RunSettings()))
    assert answers.received(configured(1)) == []
    assert answers.received(configured(2)) == [configured(2)]


def test_a_late_answer_counts_when_the_newer_command_fails(answers: Answers) -> None:
    answers.sent(Configure(1, RunSettings()))
    answers.sent(Configure(2, RunSettings()))
    answers.received(configured(1))
    assert answers.received(failed(2, "Configure")) == [configured(1), failed(2, "Configure")]


def test_opening_is_news_although_settings_were_changed_meanwhile(answers: Answers) -> None:
    answers.sent(Open(1, example="tagger"))
    answers.sent(Configure(2, RunSettings()))
    assert answers.received(opened(1)) == [opened(1)]


def test_settings_of_a_model_that_is_being_replaced_are_no_news(answers: Answers) -> None:
    answers.sent(Configure(1, RunSettings()))
    answers.sent(Open(2, example="tagger"))
    assert answers.received(configured(1)) == []
    assert answers.received(opened(2)) == [opened(2)]


def test_what_is_wrong_with_a_file_is_said_even_late(answers: Answers) -> None:
    answers.sent(Open(1, data="a.csv"))
    answers.sent(Open(2, model="m.keras"))
    assert answers.received(failed(1, "Open")) == [failed(1, "Open")]


def test_the_refusal_of_settings_that_were_changed_again_is_not_said(answers: Answers) -> None:
    answers.sent(Configure(1, RunSettings()))
    answers.sent(Configure(2, RunSettings()))
    assert answers.received(failed(1, "Configure")) == []


def test_late_progress_is_not_shown(answers: Answers) -> None:
    answers.sent(Reshape(1, Shaping()))
    answers.sent(Reshape(2, Shaping()))
    assert answers.received(Progress(1, "…")) == []


def test_a_failure_while_computing_leaves_answers_that_wait_alone(answers: Answers) -> None:
    answers.sent(Open(1, example="tagger"))
    answers.received(opened(1))
    answers.sent(Advance(1, 10))
    answers.sent(Configure(2, RunSettings()))
    answers.sent(Configure(3, RunSettings()))
    answers.received(configured(2))
    assert answers.received(failed(2, "Advance")) == [failed(2, "Advance")]
    assert answers.received(configured(3)) == [configured(3)]


def test_a_new_engine_goes_on_where_the_last_answer_left_it(answers: Answers) -> None:
    answers.sent(Open(1, model="m.keras", data="a.csv"))
    answers.received(opened(1))
    answers.sent(Configure(2, RunSettings(stateful=True)))
    answers.received(configured(2, "2"))
    again = answers.resume(3)
    assert again == Open(
        3,
        model="m.keras",
        data="data/1",
        settings=RunSettings(stateful=True),
        recording="recordings/2",
    )


def test_a_file_that_ended_the_engine_is_not_opened_again(answers: Answers) -> None:
    answers.sent(Open(1, example="tagger"))
    answers.received(opened(1))
    answers.sent(Open(2, model="evil.keras"))
    answers.engine_lost()
    again = answers.resume(3)
    assert again is not None
    assert again.model == "m.keras"


def test_before_anything_was_opened_all_that_was_asked_for_is_asked_for_again(answers: Answers) -> None:
    assert answers.resume(1) is None
    answers.sent(Open(1, example="tagger"))
    answers.sent(Open(2, data="a.csv", settings=RunSettings(epochs=2)))
    answers.engine_lost()
    assert answers.resume(3) == Open(3, example="tagger", data="a.csv", settings=RunSettings(epochs=2))


def test_what_could_not_be_opened_is_not_asked_for_again(answers: Answers) -> None:
    answers.sent(Open(1, model="broken.keras"))
    answers.received(failed(1, "Open"))
    answers.engine_lost()
    assert answers.resume(2) is None


def test_what_was_done_before_it_was_cancelled_counts_when_that_is_answered(answers: Answers) -> None:
    answers.sent(Open(1, example="tagger"))
    answers.sent(Cancel(2))
    assert answers.received(Progress(1, "…")) == []
    assert answers.received(opened(1)) == []
    assert answers.received(Cancelled(2)) == [opened(1), Cancelled(2)]


def test_after_cancelling_all_answers_count_again(answers: Answers) -> None:
    answers.sent(Open(1, example="tagger"))
    answers.sent(Cancel(2))
    answers.received(Cancelled(2))
    answers.sent(Configure(3, RunSettings()))
    assert answers.received(configured(3)) == [configured(3)]


def test_data_of_an_opening_that_was_cancelled_are_given_up(answers: Answers) -> None:
    answers.sent(Open(1, example="tagger"))
    answers.received(DataOpened(1, "data/1"))
    answers.received(opened(1))
    answers.sent(Open(2, example="classifier"))
    answers.sent(Cancel(3))
    answers.received(DataOpened(2, "data/2"))
    answers.received(Cancelled(3))
    assert answers.unused_folders() == ("data/2",)


def test_what_was_cancelled_before_anything_was_opened_is_not_asked_for_again(answers: Answers) -> None:
    answers.sent(Open(1, example="tagger"))
    answers.sent(Cancel(2))
    answers.engine_lost()
    assert answers.resume(3) is None


def test_folders_are_given_up_once_their_successors_are_shown(answers: Answers) -> None:
    answers.sent(Open(1, example="tagger"))
    answers.received(DataOpened(1, "data/1"))
    answers.received(opened(1))
    assert answers.unused_folders() == ()
    answers.sent(Open(2, example="classifier"))
    answers.received(DataOpened(2, "data/2"))
    assert answers.unused_folders() == ()
    answers.received(opened(2, "2"))
    assert answers.unused_folders() == ("data/1", "recordings/1")
    assert answers.unused_folders() == ()


def test_the_folder_of_a_dropped_answer_is_given_up(answers: Answers) -> None:
    answers.sent(Open(1, example="tagger"))
    answers.received(opened(1))
    answers.sent(Configure(2, RunSettings()))
    answers.sent(Configure(3, RunSettings()))
    answers.received(configured(2, "2"))
    assert answers.unused_folders() == ()
    answers.received(configured(3, "3"))
    assert answers.unused_folders() == ("recordings/1", "recordings/2")


# -- a recording without its model -----------------------------------------------------------------


def test_a_recording_takes_the_place_of_what_was_open(answers: Answers) -> None:
    answers.sent(Open(1, example="tagger"))
    answers.received(DataOpened(1, "data/1"))
    answers.received(opened(1))
    answers.sent(Open(2, trace="run.npz"))
    shown = RecordingOpened(2, "run.npz", "recordings/2")
    assert answers.received(shown) == [shown]
    assert answers.unused_folders() == ("data/1", "recordings/1")
    assert answers.resume(3) == Open(3, trace="run.npz", recording="recordings/2")
    answers.sent(Open(4, example="tagger"))
    answers.received(opened(4, "4"))
    assert answers.unused_folders() == ("recordings/2",)
    assert answers.resume(5).trace is None


def test_a_recording_that_comes_late_is_dropped(answers: Answers) -> None:
    answers.sent(Open(1, trace="run.npz"))
    answers.sent(Open(2, example="tagger"))
    assert answers.received(RecordingOpened(1, "run.npz", "recordings/1")) == []
    assert answers.received(opened(2, "2")) == [opened(2, "2")]
    assert answers.unused_folders() == ("recordings/1",)


def test_a_recording_asked_for_before_anything_was_open_is_asked_for_again(answers: Answers) -> None:
    answers.sent(Open(1, trace="run.npz"))
    answers.engine_lost()
    assert answers.resume(2) == Open(2, trace="run.npz")
