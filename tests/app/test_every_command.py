"""Every command of the table is given by the mouse in the menus and by the keyboard."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QFileDialog, QMenu, QMessageBox, QWidget

from app.export_dialog import ExportDialog
from app.menus import ACTIONS, MENUS
from app.menus.spec import ActionSpec
from app.rows_dialog import RowsDialog
from app.shortcuts_dialog import ShortcutsDialog
from lstm_viz import open_trace

LEFT = Qt.MouseButton.LeftButton
Drive = Generator[None, None, None]  # prepares, lets the command be given, then looks for what it did


# -- giving a command -------------------------------------------------------------------------------


def give(program, spec: ActionSpec, way: str) -> None:
    """Give a command by the mouse or by the keyboard."""
    action = program.window.actions_by_id[spec.id]
    assert action.isEnabled(), "it is not enabled"
    if way == "keys" and spec.shortcuts:
        program.activate()
        program.window.gates.setFocus()
        keys = QKeySequence(spec.shortcuts[0])[0]
        QTest.keyClick(program.window, keys.key(), keys.keyboardModifiers())
        return
    path = [program.window.menus[menu].menuAction() for menu in _menus_to(spec)] + [action]
    (by_mouse if way == "mouse" else by_keys)(program.window.menuBar(), path)


def _menus_to(spec: ActionSpec) -> list[str]:
    parts = spec.menu.split("/")
    return ["/".join(parts[: k + 1]) for k in range(len(parts))]


def by_mouse(bar: QWidget, path: list[QAction]) -> None:
    """Click through the menus."""
    holder = bar
    for action in path:
        place = holder.actionGeometry(action).center()
        QTest.mouseMove(holder, place)
        QTest.mouseClick(holder, LEFT, pos=place)
        holder = action.menu()


def _close_menus(program) -> None:
    """Close what stays open of a menu within a menu, where there is no window manager."""
    for menu in program.window.findChildren(QMenu):
        if menu.isVisible():
            menu.close()


def by_keys(bar: QWidget, path: list[QAction]) -> None:
    """Go through the menus by the arrow keys and Enter."""
    bar.setActiveAction(path[0])  # as Alt and the arrow keys do
    QTest.keyClick(bar, Qt.Key.Key_Down)
    menu = path[0].menu()
    for action in path[1:]:
        for _ in range(len(menu.actions())):
            if menu.activeAction() is action:
                break
            QTest.keyClick(menu, Qt.Key.Key_Down)
        assert menu.activeAction() is action
        QTest.keyClick(menu, Qt.Key.Key_Right if action.menu() else Qt.Key.Key_Return)
        menu = action.menu()


# -- what each command does -------------------------------------------------------------------------


class Answers:
    """Answers the questions for files, and keeps from the desktop what is not the test's business."""

    def __init__(self, folder: Path, files, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.files, self.patch = folder, files, monkeypatch

    def opens(self, path: str) -> None:
        self.patch.setattr(QFileDialog, "getOpenFileName", lambda *_: (path, ""))

    def saves(self, name: str) -> Path:
        self.patch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(self.folder / name), ""))
        return self.folder / name


def opened_by(kind: str, name: str) -> Callable[..., Drive]:
    def drive(program, answers: Answers) -> Drive:
        path = getattr(answers.files, name)
        answers.opens(path)
        seen = len(program.seen)
        yield
        program.wait(lambda: program.session.asked[kind] == path and not program.session.opening)
        if kind == "model":
            program.wait(lambda: len(program.seen) > seen)

    return drive


def recording(program, answers: Answers) -> Drive:
    program.step_to(4)
    path = answers.saves("run.npz")
    yield
    program.wait(path.exists)
    assert open_trace(path).count == 4


def export_asked(program, _answers: Answers) -> Drive:
    program.step_to(4)
    yield
    (dialog,) = program.window.findChildren(ExportDialog)
    assert dialog.isVisible()
    dialog.close()
    program.activate()


def picture(program, answers: Answers) -> Drive:
    path = answers.saves("window.png")
    yield
    program.wait(path.exists)


def animation(program, answers: Answers) -> Drive:
    program.step_to(4)
    path = answers.saves("run.gif")
    yield
    program.wait(lambda: not program.window.animating.running)
    assert path.exists()


def session_saved(program, answers: Answers) -> Drive:
    path = answers.saves("work.lstmviz")
    yield
    program.wait(lambda: any(one.name.startswith("work") for one in path.parent.iterdir()))


def recording_opened(program, answers: Answers) -> Drive:
    asked: list[str] = []
    answers.patch.setattr(program.session, "open_recording", asked.append)
    answers.opens(str(answers.folder / "run.npz"))
    yield
    assert asked == [str(answers.folder / "run.npz")]


def session_opened(program, answers: Answers) -> Drive:
    asked: list[Path] = []
    answers.patch.setattr(program.window.keeper, "open", asked.append)
    answers.opens(str(answers.folder / "work.lstmviz"))
    yield
    assert asked == [answers.folder / "work.lstmviz"]


def quits(program, answers: Answers) -> Drive:
    closed: list[bool] = []
    answers.patch.setattr(program.window, "close", lambda: closed.append(True))
    yield
    assert closed
    answers.patch.undo()


def plays(program, _answers: Answers) -> Drive:
    yield
    program.wait(lambda: program.player.playing)
    program.player.pause()
    program.frame()


def stands_at(start: int, end: int) -> Callable[..., Drive]:
    def drive(program, _answers: Answers) -> Drive:
        program.step_to(30)
        program.session.seek(start)
        program.goes_to(start)
        yield
        program.goes_to(end)

    return drive


def points(before: tuple | None, after: Callable[..., bool]) -> Callable[..., Drive]:
    """Change the reset points at step 6 of row 0; ``before`` are the rows there at first, () for no point."""

    def drive(program, _answers: Answers) -> Drive:
        session = program.session
        program.step_to(9)
        session.seek(6)
        program.goes_to(6)
        point = session.reset_points.at(6)
        if (() if point is None else point.rows) != before:
            program.wait_configured(lambda: session.reset_points.set_rows(6, before))
        yield
        program.wait(
            lambda: after(session.reset_points.at(6)) and session.trace.plan.resets == session.plan.resets
        )
        program.frame()

    return drive


def undone(again: bool) -> Callable[..., Drive]:
    def drive(program, _answers: Answers) -> Drive:
        changes = program.session.reset_points
        program.wait_configured(lambda: changes.put(3))
        if again:
            program.wait_configured(changes.undo)
        yield
        program.wait(lambda: (changes.at(3) is not None) == again)
        program.wait(lambda: program.trace.plan.resets == program.session.settings.resets)
        if again:
            program.wait_configured(changes.undo)

    return drive


def rows_asked(program, _answers: Answers) -> Drive:
    program.step_to(4)
    yield
    (dialog,) = program.window.findChildren(RowsDialog)
    assert dialog.isVisible()
    dialog.reject()


def toggled(what: Callable[..., bool]) -> Callable[..., Drive]:
    def drive(program, _answers: Answers) -> Drive:
        before = what(program)
        yield
        program.wait(lambda: what(program) != before and not program.session.opening)
        program.frame()

    return drive


def compares(key: str, **settings) -> Callable[..., Drive]:
    def drive(program, answers: Answers) -> Drive:
        session = program.session
        wanted = dataclasses.replace(session.settings, **settings)
        if wanted != session.settings:
            program.wait_configured(lambda: session.configure(wanted))
        answers.opens(answers.files.one)
        yield
        program.wait(lambda: session.comparing.wish is not None and session.comparing.wish.key == key)
        assert program.window.compare.isVisible()

    return drive


def comparison_ends(program, _answers: Answers) -> Drive:
    comparing = program.session.comparing
    comparing.start("stateless" if program.session.settings.stateful else "stateful")
    program.wait(lambda: comparing.trace is not None)
    yield
    program.wait(lambda: comparing.trace is None)


def of_lengths(key: str, padded: bool) -> Callable[..., Drive]:
    def drive(program, _answers: Answers) -> Drive:
        session = program.session
        program.wait_opened(lambda: session.open_example("lengths"))
        if session.settings.padded != padded:
            program.wait_configured(
                lambda: session.configure(dataclasses.replace(session.settings, padded=padded))
            )
        yield
        program.wait(lambda: session.comparing.wish is not None and session.comparing.wish.key == key)
        program.wait_opened(lambda: session.open_example("next_value"))

    return drive


def generation_asked(program, _answers: Answers) -> Drive:
    yield
    assert program.window.generate.isVisible()
    program.window.generate.close()


def generation_ends(program, _answers: Answers) -> Drive:
    ended: list[bool] = []
    generating = program.session.generating
    _answers.patch.setattr(generating, "end", lambda: ended.append(True))
    program.window.actions_by_id["end_generation"].setEnabled(True)  # as while something is generated
    yield
    assert ended
    _answers.patch.undo()


def speed(faster: bool) -> Callable[..., Drive]:
    def drive(program, _answers: Answers) -> Drive:
        program.window.transport.set_speed(10.0)
        yield
        assert (program.window.transport.speed > 10) == faster
        program.window.transport.set_speed(10.0)

    return drive


def sorts(by: str) -> Callable[..., Drive]:
    def drive(program, _answers: Answers) -> Drive:
        program.step_to(9)
        program.window.presenter.set_unit_order("number" if by != "number" else "activity")
        yield
        assert program.window.presenter._order_by == by

    return drive


def explains(gate: str) -> Callable[..., Drive]:
    def drive(program, _answers: Answers) -> Drive:
        program.step_to(4)
        program.window.cell.why.choose("" if gate else "f")
        yield
        program.wait(lambda: (program.window.cell.why.gate or "") == gate)

    return drive


def themed(choice: str) -> Callable[..., Drive]:
    def drive(program, _answers: Answers) -> Drive:
        yield
        assert program.window.themes.choice == choice

    return drive


def layout(program, _answers: Answers) -> Drive:
    dock = program.window.docks["data"]
    dock.hide()
    yield
    assert dock.isVisible()


def dialog_shown(kind: type[QWidget], title: str) -> Callable[..., Drive]:
    def drive(program, _answers: Answers) -> Drive:
        yield
        shown = [d for d in program.window.findChildren(kind) if d.isVisible() and title in d.windowTitle()]
        assert len(shown) == 1
        shown[0].close()
        program.activate()

    return drive


def tour_runs(program, _answers: Answers) -> Drive:
    program.wait_opened(lambda: program.session.open_example("next_value"))
    yield
    assert program.window.tour.stop is not None
    program.window.tour.end()


def tour_goes(by: int) -> Callable[..., Drive]:
    def drive(program, _answers: Answers) -> Drive:
        tour = program.window.tour
        program.wait_opened(lambda: program.session.open_example("next_value"))
        tour.begin()
        if by < 0:
            tour.next()
        before = tour.number
        yield
        assert tour.number == before + by
        tour.end()

    return drive


def example_opens(name: str) -> Callable[..., Drive]:
    def drive(program, answers: Answers) -> Drive:
        # Each example is opened by its own tests: here it is enough that this one is asked for.
        asked: list[str] = []
        answers.patch.setattr(program.session, "open_example", asked.append)
        yield
        assert asked == [name]

    return drive


def folder_shown(program, answers: Answers) -> Drive:
    shown: list[str] = []
    answers.patch.setattr(QDesktopServices, "openUrl", lambda url: shown.append(url.toLocalFile()))
    yield
    assert shown == [str(program.session.files.path)]


def stateful(program) -> bool:
    return program.session.plan.stateful


DRIVES: dict[str, Callable[..., Drive]] = {
    "open_model": opened_by("model", "one"),
    "open_data": opened_by("data", "series"),
    "open_recording": recording_opened,
    "open_session": session_opened,
    "save_session": session_saved,
    "save_recording": recording,
    "export": export_asked,
    "save_picture": picture,
    "save_animation": animation,
    "quit": quits,
    "play": plays,
    "step": stands_at(5, 6),
    "back": stands_at(5, 4),
    "step_ten": stands_at(5, 15),
    "back_ten": stands_at(15, 5),
    "first": stands_at(5, 0),
    "last": stands_at(5, 29),
    "reset_here": points((), lambda point: point is not None and point.rows is None),
    "reset_row": points((), lambda point: point is not None and point.rows == (0,)),
    "reset_rows": rows_asked,
    "remove_reset": points(None, lambda point: point is None),
    "undo": undone(False),
    "redo": undone(True),
    "stateful": toggled(stateful),
    "compare_padded": of_lengths("padded", False),
    "compare_own_lengths": of_lengths("own_lengths", True),
    "compare_stateless": compares("stateless", stateful=True),
    "compare_stateful": compares("stateful", stateful=False),
    "compare_batch_1": compares("batch_1", batch_size=3),
    "compare_no_resets": compares("no_resets", stateful=True, epochs=2),
    "compare_model": compares("model"),
    "compare_row": compares("row"),
    "compare_end": comparison_ends,
    "interleave": toggled(lambda program: program.session.plan.order is not None),
    "generate": generation_asked,
    "end_generation": generation_ends,
    "faster": speed(True),
    "slower": speed(False),
    "follow_cursor": toggled(lambda program: program.window.gates.following),
    "endings": toggled(lambda program: program.window.actions_by_id["endings"].isChecked()),
    "cell_large": toggled(lambda program: program.window.actions_by_id["cell_large"].isChecked()),
    "reset_layout": layout,
    "gallery": dialog_shown(QDialog, "xamples"),
    "tour": tour_runs,
    "tour_next": tour_goes(1),
    "tour_back": tour_goes(-1),
    "guide": dialog_shown(QDialog, "What am I seeing?"),
    "shortcuts": dialog_shown(ShortcutsDialog, "Keyboard shortcuts"),
    "details_folder": folder_shown,
    "about": dialog_shown(QMessageBox, "About"),
    **{f"sort_{by}": sorts(by) for by in ("activity", "similarity", "number")},
    **{f"why_{gate or 'nothing'}": explains(gate) for gate in ("f", "i", "g", "o", "")},
    **{f"theme_{choice}": themed(choice) for choice in ("dark", "system", "light")},
    **{spec.id: example_opens(spec.value) for spec in ACTIONS if spec.group == "example"},
}


def test_every_command_of_the_table_is_driven_here() -> None:
    assert sorted(DRIVES) == sorted(spec.id for spec in ACTIONS)


@pytest.fixture
def answers(tmp_path: Path, files, monkeypatch: pytest.MonkeyPatch) -> Answers:
    return Answers(tmp_path, files, monkeypatch)


@pytest.mark.timeout(300)  # many commands, each on the real engine
@pytest.mark.parametrize("menu", MENUS)
@pytest.mark.parametrize("way", ["mouse", "keys"])
def test_commands_do_what_they_say(program, answers: Answers, way: str, menu: str) -> None:
    specs = {spec.id: spec for spec in ACTIONS if spec.menu.split("/")[0] == menu}
    program.wait_configured(
        lambda: program.session.configure(dataclasses.replace(program.session.settings, batch_size=3))
    )
    for name in [name for name in DRIVES if name in specs]:
        drive = DRIVES[name](program, answers)
        try:
            next(drive)
            program.frame()
            give(program, specs[name], way)
            _close_menus(program)
            next(drive, None)
        except BaseException as error:
            error.add_note(f"The command was {name}.")
            raise
    assert program.cause_of_every_error() == []
    assert np.isfinite(program.session.player.speed or 1.0)
