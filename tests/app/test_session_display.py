"""What the panels, the status line and the title say of the session."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QApplication

from app import session_display


def test_what_is_opened_is_named_in_the_title_and_shown_in_both_panels(
    program, files: SimpleNamespace
) -> None:
    program.wait_opened(lambda: program.session.open_files(files.both, files.both_data))
    window = program.window
    assert window.windowTitle() == "both.keras — lstm-viz"
    assert window.data_panel.source.text() == "both_data.npz"
    assert window.model_panel.tree.currentItem().text(0).startswith("plain")
    chooser = window.run_settings.layer
    paths = [layer.path for layer in program.session.model.lstm_layers]
    assert [chooser.itemText(number) for number in range(chooser.count())] == paths


def test_another_layer_is_marked_wherever_it_can_be_chosen(program, files: SimpleNamespace) -> None:
    program.wait_opened(lambda: program.session.open_files(files.both, files.both_data))
    window, session = program.window, program.session
    other = session.model.lstm_layers[-1].path
    session.set_layer(other)
    assert window.run_settings.layer.currentText() == other
    assert window.model_panel.tree.currentItem() is window.model_panel._items[other]


def test_the_sample_shown_is_that_of_the_row_at_the_cursor(program) -> None:
    window, session = program.window, program.session
    program.wait_configured(lambda: window.run_settings.batch_size.setValue(3))
    program.step_to(1)
    session.set_row(2)
    assert window.run_settings.sample.value() == session.sample == 2
    assert window.data_panel.picture.sample == 2


def test_of_the_samples_that_it_plays_through_not_all_are_shown_but_the_last_is(
    program, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, session = program.window, program.session
    program.step_to(30)  # of samples of 3 timesteps
    session.seek(0)
    program.wait(lambda: window.data_panel.picture.sample == 0)
    monkeypatch.setattr(session_display, "_SAMPLE_S", 1e9)
    session.player.set_speed(None)
    session.player.play()
    program.wait(lambda: session.sample >= 3)
    assert window.data_panel.picture.sample == 0
    session.player.pause()
    window.wake()
    assert window.data_panel.picture.sample == window.run_settings.sample.value() == session.sample


def test_play_is_marked_while_it_plays_and_how_smoothly_is_said(program) -> None:
    window, session = program.window, program.session
    play = window.actions_by_id["play"]
    session.player.play()
    program.wait(play.isChecked)
    program.wait(lambda: bool(window.status.rate.text()))
    session.player.pause()
    window.wake()
    program.wait(lambda: not play.isChecked() and not window.status.rate.text())


def test_what_is_going_on_stands_in_the_status_line_until_it_is_done(program) -> None:
    session, status = program.session, program.window.status
    session.busy.emit("Opening one.keras", 0.5)
    assert status.busy.text() == "Opening one.keras"
    assert status.bar.value() == 500
    session.busy.emit("", None)
    assert not status.busy.isVisible()
    session.saved.emit("here.npz")
    assert status.news.text() == "Saved here.npz"


def test_new_data_leave_the_keys_to_no_button_of_the_transport(program) -> None:
    window, session = program.window, program.session
    window.transport.slider.setFocus()
    session.data_opened.emit()
    assert window.gates.isAncestorOf(QApplication.focusWidget())
    window.model_panel.tree.setFocus()
    session.data_opened.emit()
    assert window.model_panel.tree.hasFocus()
