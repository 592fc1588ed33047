from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.plots.compare_choices import Choice
from app.plots.compare_view import CompareView
from app.plots.series import Lines
from app.theme import DARK, LIGHT
from lstm_viz.compared_window import ComparedWindow

UNITS, STEPS, TIMESTEPS, BATCHES = 4, 60, 10, 6
CHOICES = (
    Choice("stateless", "Same run, stateless", "Every batch starts from zeros."),
    Choice("batch_1", "Same run, batch size 1", "It is already.", False),
    Choice("model", "Another model…", "Through another model."),
)


@pytest.fixture
def window() -> ComparedWindow:
    """Both runs recorded up to step 39: B is larger by 0.01 a step, and lacks its last 10 steps."""
    a = np.full((UNITS, STEPS), np.nan, np.float32)
    a[:, :40] = np.linspace(-0.5, 0.5, 40) + 0.1 * np.arange(UNITS)[:, None]
    b = a + 0.01 * np.arange(STEPS, dtype=np.float32)
    b[:, 30:] = np.nan
    return ComparedWindow(0, STEPS, 1, a, b, b - a, True)


@pytest.fixture
def view(qtbot: QtBot) -> CompareView:
    view = CompareView()
    qtbot.addWidget(view)
    view.resize(900, 640)
    view.set_theme(LIGHT)
    view.set_choices(CHOICES)
    view.set_run("lstm", UNITS, STEPS, TIMESTEPS, BATCHES)
    view.set_names("stateful, batch size 1", "stateless, batch size 1")
    view.set_comparing(True)
    view.show()
    return view


def middle_of(view: CompareView, key: str, step: int, unit: int) -> QPoint:
    """The middle of a cell on the canvas."""
    rect = next(row.rect for row in view._rows if row.key == key)
    x = rect.left() + view._scale().to_pixels(step)
    return QPoint(round(x), round(rect.top() + (unit + 0.5) * rect.height() / UNITS))


# -- before anything is compared ----------------------------------------------------------------------


def test_it_offers_what_a_run_may_be_compared_with(
    qtbot: QtBot, view: CompareView, heard: Callable[[Any], list[tuple[Any, ...]]]
) -> None:
    view.set_comparing(False)
    said = heard(view.chosen)
    buttons = view._choices.buttons
    assert not view.comparing
    assert not view._canvas.isVisible()
    assert [button.text() for button in buttons.values()] == [choice.text for choice in CHOICES]
    qtbot.mouseClick(buttons["stateless"], Qt.MouseButton.LeftButton)
    buttons["model"].setFocus()
    qtbot.keyClick(buttons["model"], Qt.Key.Key_Space)
    assert said == [("stateless",), ("model",)]


def test_what_cannot_be_chosen_says_why(
    qtbot: QtBot, view: CompareView, heard: Callable[[Any], list[tuple[Any, ...]]]
) -> None:
    view.set_comparing(False)
    said = heard(view.chosen)
    button = view._choices.buttons["batch_1"]
    assert not button.isEnabled()
    assert button.toolTip() == "It is already."
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert said == []


def test_the_keys_go_to_the_plots_when_a_choice_was_made(qtbot: QtBot, view: CompareView) -> None:
    view.set_comparing(False)
    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow)
    view._choices.buttons["stateless"].setFocus()
    view.set_comparing(True)
    assert view._canvas.hasFocus()
    view.set_comparing(False)
    assert view._choices.buttons["stateless"].hasFocus()


def test_choices_that_are_no_longer_there_are_no_longer_offered(view: CompareView) -> None:
    view.set_choices((*CHOICES, Choice("padded", "Same run, padded", "")))
    assert "padded" in view._choices.buttons
    view.set_choices(CHOICES)
    assert list(view._choices.buttons) == [choice.key for choice in CHOICES]
    view.set_choices((*CHOICES, Choice("own_lengths", "Each at its own length", "")))
    assert list(view._choices.buttons)[-1] == "own_lengths"
    assert [button.text() for button in view._choices.buttons.values()][-2:] == [
        "Another model…",
        "Each at its own length",
    ]


def test_a_choice_that_can_be_made_from_now_on_can_be_clicked(view: CompareView) -> None:
    view.set_choices(CHOICES)
    assert not view._choices.buttons["batch_1"].isEnabled()
    view.set_choices((CHOICES[0], replace(CHOICES[1], tip="", enabled=True), *CHOICES[2:]))
    assert view._choices.buttons["batch_1"].isEnabled()


def test_other_choices_take_the_places_of_the_old_ones(view: CompareView) -> None:
    view.set_choices((Choice("stateful", "Same run, stateful", ""), *CHOICES[1:]))
    assert list(view._choices.buttons) == ["stateful", "batch_1", "model"]


def test_the_menu_offers_the_same(view: CompareView, heard: Callable[[Any], list[tuple[Any, ...]]]) -> None:
    said = heard(view.chosen)
    actions = view._head.menu.menu().actions()
    assert [(a.text(), a.isEnabled()) for a in actions] == [(c.text, c.enabled) for c in CHOICES]
    actions[2].trigger()
    assert said == [("model",)]


# -- what is drawn ------------------------------------------------------------------------------------


def test_both_runs_have_the_same_colours_and_the_difference_its_own(
    view: CompareView, window: ComparedWindow
) -> None:
    view.set_window(window)
    assert view.levels("a") == view.levels("b") == (-1.0, 1.0)
    assert view.levels("d") == (-0.3, 0.3)
    image_a, image_b, image_d = (view.image_of(key) for key in "abd")
    assert (image_a[:, 0] == image_b[:, 0]).all()
    assert (image_a[:, 20] != image_b[:, 20]).all()
    assert len(set(image_d[0, :30].tolist())) > 20
    assert (image_d[0] == image_d[3]).all()


def test_what_one_run_lacks_is_empty_there(view: CompareView, window: ComparedWindow) -> None:
    view.set_window(window)
    assert (view.image_of("a")[:, :40] != 0).all()
    assert (view.image_of("a")[:, 40:] == 0).all()
    assert (view.image_of("b")[:, 30:] == 0).all()
    assert (view.image_of("d")[:, 30:] == 0).all()
    done = {row.key: row.middle._span.recorded for row in view._rows[:3]}
    assert done == {"a": 40, "b": 30, "d": 30}


def test_the_scale_of_the_difference_grows_and_begins_anew_with_other_runs(
    view: CompareView, window: ComparedWindow
) -> None:
    view.set_window(window)
    still = ComparedWindow(0, STEPS, 1, window.a, window.a, window.a - window.a, True)
    view.set_window(still)
    assert view.levels("d") == (-0.3, 0.3)
    view.set_run("lstm", UNITS, STEPS, TIMESTEPS, BATCHES)
    view.set_window(still)
    assert view.levels("d") == (-1e-6, 1e-6)


def test_another_signal_is_chosen_by_mouse_and_by_keys(
    qtbot: QtBot, view: CompareView, heard: Callable[[Any], list[tuple[Any, ...]]]
) -> None:
    said = heard(view.signal_changed)
    assert view.signal == "c"
    qtbot.mouseClick(view._head.buttons["f"], Qt.MouseButton.LeftButton)
    assert view.levels("a") == (0.0, 1.0)
    view._head.buttons["h"].setFocus()
    qtbot.keyClick(view._head.buttons["h"], Qt.Key.Key_Space)
    assert said == [("f",), ("h",)]
    assert view.signal == "h"
    assert view._rows[0].left.words == "hidden state"


def test_another_signal_shows_nothing_of_the_old_one(view: CompareView, window: ComparedWindow) -> None:
    view.set_window(window)
    view.set_signal("i")
    assert view.image_of("a").size == 0
    assert "not recorded yet" in view._describe(view._rows[0], middle_of(view, "a", 3, 0).toPointF())


def test_merged_steps_are_said(view: CompareView, window: ComparedWindow) -> None:
    values = window.a[:, :20]
    view.set_window(ComparedWindow(0, 60, 6, values, values, values - values, True))
    assert view.badge == "6 timesteps merged (min and max kept)"
    view.set_comparing(False)
    assert view.badge == ""


def test_resets_are_marked_in_the_run_that_has_them(view: CompareView) -> None:
    view.set_marks([(0, "start"), (17, "point")], resets_b=[(0, "start"), (10, "stateless")])
    assert view.resets.steps.tolist() == [0, 17]
    assert view.resets_b.steps.tolist() == [0, 10]
    heights = {row.key: row.rect for row in view._rows}
    assert view._marks_b.boundingRect() == heights["b"]
    assert heights["b"] not in view._frame.marks._plots


def test_the_outputs_of_both_and_the_target_are_told_apart(view: CompareView) -> None:
    x = np.arange(5)
    of = [
        Lines((name,), x, np.full((5, 1), value)) for name, value in (("output", 1), ("output", 2), ("t", 3))
    ]
    view.set_series(*of)
    row = view._rows[3]
    assert row.shown
    assert [(e.name, e.colour, e.dashes) for e in row.right.entries] == [
        ("A", 1, 0),
        ("B", 3, 2),
        ("target", 2, 1),
    ]
    assert view._describe(row, middle_of(view, "y", 0, 2).toPointF()).endswith("output 1 · output 2 · t 3")


def test_several_outputs_are_named_once(view: CompareView) -> None:
    x = np.arange(5)
    a, b = (Lines(("idle", "busy"), x, np.zeros((5, 2))) for _ in range(2))
    view.set_series(a, b, None)
    entries = view._rows[3].right.entries
    assert [(e.name, e.colour, e.dashes) for e in entries] == [("idle", 1, 0), ("busy", 2, 0), ("B", 1, 2)]


def test_without_outputs_there_is_no_strip(view: CompareView) -> None:
    view.set_series(None, None, None)
    assert not view._rows[3].shown


# -- reading and clicking -----------------------------------------------------------------------------


def test_the_mouse_reads_both_runs_and_their_difference(
    qtbot: QtBot, view: CompareView, window: ComparedWindow
) -> None:
    view.set_window(window)
    qtbot.mouseMove(view._canvas.viewport(), middle_of(view, "d", 20, 1))
    qtbot.waitUntil(lambda: view.readout != view.resting_text)
    a, difference = float(window.a[1, 20]), float(window.difference[1, 20])
    assert view.readout == (
        f"t = 20 · batch 2, timestep 0 · unit 1 · c in run A {a:.4g} · "
        f"c in run B {a + difference:.4g} · B − A {difference:.4g}"
    )


def test_a_click_goes_there(
    qtbot: QtBot, view: CompareView, heard: Callable[[Any], list[tuple[Any, ...]]]
) -> None:
    said = heard(view.seek_requested)
    for key, step in (("a", 3), ("b", 17), ("d", 42)):
        qtbot.mouseClick(
            view._canvas.viewport(), Qt.MouseButton.LeftButton, pos=middle_of(view, key, step, 0)
        )
    assert said == [(3,), (17,), (42,)]


def test_the_comparison_ends_with_a_click(
    qtbot: QtBot, view: CompareView, heard: Callable[[Any], list[tuple[Any, ...]]]
) -> None:
    said = heard(view.ended)
    qtbot.mouseClick(view._head.end, Qt.MouseButton.LeftButton)
    assert said == [()]


# -- words --------------------------------------------------------------------------------------------


def test_the_plots_stay_where_they_are_when_words_get_shorter(view: CompareView) -> None:
    tops = []
    for words in ("They differ.", "\n".join(["They differ."] * 4), "They differ."):
        view.set_words(words)
        QApplication.processEvents()
        tops.append(view._canvas.y())
    assert tops[0] < tops[1] == tops[2]
    assert view.words == "They differ."
    view.set_run("lstm", UNITS, STEPS, TIMESTEPS, BATCHES)
    view.set_words("They differ.")
    QApplication.processEvents()
    assert view._canvas.y() == tops[0]


def test_what_is_still_on_its_way_is_said_beside_the_signals(view: CompareView) -> None:
    view.set_progress("Run B: 3 of 9 steps computed")
    assert view.progress == "Run B: 3 of 9 steps computed"
    view.set_run("lstm", UNITS, STEPS, TIMESTEPS, BATCHES)
    assert view.progress == ""


def test_the_runs_are_named_for_the_eye_and_for_screen_readers(view: CompareView) -> None:
    assert view.names == ("A: stateful, batch size 1", "B: stateless, batch size 1")
    assert view._head.names["B"].accessibleName() == "Run B: stateless, batch size 1"
    controls = [*view._head.buttons.values(), view._head.menu, view._head.end, view._head.words]
    assert all(control.accessibleName() for control in controls)


def test_it_is_drawn_in_both_themes(view: CompareView, window: ComparedWindow) -> None:
    view.set_window(window)
    light = view.image_of("d").copy()
    view.set_theme(DARK)
    assert (view.image_of("d") != light)[:, :30].all()


def test_units_are_ordered_and_pinned_as_in_gates(
    view: CompareView, window: ComparedWindow, qtbot: QtBot
) -> None:
    view.set_window(window)
    own = view.image_of("a").copy()
    view.set_unit_order([3, 2, 1, 0])
    turned = view.image_of("a")
    rows = len(own) // UNITS * UNITS
    assert (turned[0] == own[rows - 1]).all()
    assert (turned[0] != own[0]).any()
    pinned: list[int] = []
    view.unit_pinned.connect(pinned.append)
    qtbot.mouseDClick(view._canvas.viewport(), Qt.MouseButton.LeftButton, pos=middle_of(view, "d", 5, 0))
    assert pinned == [3]
    view.set_pinned((3,))
    view.grab()
    view.set_run("other", UNITS + 1, STEPS, TIMESTEPS, BATCHES)
    assert view._order.tolist() == [0, 1, 2, 3, 4]
    view.set_unit_order([3, 2, 1, 0])  # of the layer before
    assert view._order.tolist() == [0, 1, 2, 3, 4]
