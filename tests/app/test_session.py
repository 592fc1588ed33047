from __future__ import annotations

import dataclasses
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.engine.bridge import EngineBridge
from app.engine.messages import RunSettings
from app.engine.session_folder import SessionFolder
from app.session import Session
from app.viewed_run import MOST_PINNED
from lstm_viz import load_model, record
from lstm_viz.dataset import Shaping
from lstm_viz.plan import ResetPoint

PATIENCE_MS = 90_000


class Desk:
    """A session on a real engine, with the frames that a window would draw."""

    def __init__(self, qtbot: QtBot, folder: SessionFolder) -> None:
        self.qtbot = qtbot
        self.bridge = EngineBridge(folder)
        self.session = Session(self.bridge)
        self.bridge.start()

    def clear(self) -> None:
        self.bridge.stop()
        self.session.deleteLater()
        self.bridge.deleteLater()
        self.bridge.session.remove()

    def answer(self, signal, doing: Callable[[], object]) -> list:
        """Do something and wait for the signal that answers it."""
        with self.qtbot.waitSignal(signal, timeout=PATIENCE_MS) as answered:
            doing()
        return answered.args

    def go_to(self, step: int) -> None:
        self.session.seek(step)
        self.settle()
        assert self.session.player.cursor == step

    def settle(self) -> None:
        """Let frames pass until everything asked for is recorded."""

        def settled() -> bool:
            session = self.session
            session.player.tick(0.0, session.trace.count)
            return session.player.cursor == session.player.wanted and not session.player.computing

        self.qtbot.waitUntil(settled, timeout=PATIENCE_MS)

    def configure(self, **changes) -> None:
        settings = dataclasses.replace(self.session.settings, **changes)
        self.answer(self.session.run_changed, lambda: self.session.configure(settings))

    def edit(self, doing: Callable[[], object]) -> None:
        self.answer(self.session.run_changed, doing)
        self.settle()


@pytest.fixture(scope="module")
def _lasting(
    qapp: QApplication,
    request: pytest.FixtureRequest,
    hide: Callable[[int | None], None],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Desk]:
    desk = Desk(QtBot(request), SessionFolder.create(tmp_path_factory.mktemp("cache")))
    hide(desk.bridge.pid)
    yield desk
    desk.clear()


@pytest.fixture
def desk(_lasting: Desk, qtbot: QtBot, files: SimpleNamespace) -> Desk:
    """6 samples of 3 timesteps, batch size 2, stateful; nothing recorded."""
    _lasting.qtbot = qtbot
    session = _lasting.session
    _lasting.answer(session.opened, lambda: session.open_files(files.one, files.one_data))
    assert session.settings == RunSettings()
    _lasting.configure(batch_size=2, stateful=True)
    return _lasting


@pytest.fixture
def session(desk: Desk) -> Session:
    return desk.session


def test_what_is_opened_is_ready_to_step(session: Session, files: SimpleNamespace) -> None:
    assert session.model is not None
    assert session.model.path == files.one
    assert session.plan is not None
    assert (session.plan.samples, session.plan.timesteps, session.plan.batch_size) == (6, 3, 2)
    assert session.path == "memory"
    assert session.layer is not None
    assert (session.row, session.pinned, session.unit, session.sample) == (0, (0,), 0, 0)
    assert session.player.cursor is None


def test_stepping_records_what_a_script_records(desk: Desk, session: Session, files: SimpleNamespace) -> None:
    desk.go_to(8)
    with np.load(files.one_data) as arrays:
        alone = record(load_model(files.one), arrays["x"], batch_size=2, stateful=True)
    np.testing.assert_allclose(session.layer.c, alone.layers["memory"].c, atol=1e-6)


def test_a_sample_is_looked_at_in_its_row_and_batch(desk: Desk, session: Session) -> None:
    session.set_sample(5)
    desk.settle()
    assert (session.row, session.player.cursor, session.sample) == (1, 6, 5)
    session.set_sample(6)  # there is none
    session.set_row(2)  # nor such a row
    assert (session.row, session.player.cursor) == (1, 6)


def test_reset_points_are_put_moved_taken_away_and_brought_back(desk: Desk, session: Session) -> None:
    desk.go_to(8)
    desk.edit(lambda: session.reset_points.put(4))
    assert session.reset_points.all == (ResetPoint(1, 1),)
    assert session.reset_points.at(4) == ResetPoint(1, 1)
    assert (session.layer.state_before_row(4, 0) == 0).all()
    desk.edit(lambda: session.reset_points.move(4, 7))
    assert session.reset_points.all == (ResetPoint(2, 1),)
    assert not (session.layer.state_before_row(4, 0) == 0).all()
    assert (session.layer.state_before_row(7, 1) == 0).all()
    desk.edit(lambda: session.reset_points.remove(7))
    assert session.reset_points.all == ()
    for undone in ((ResetPoint(2, 1),), (ResetPoint(1, 1),), ()):
        desk.edit(session.reset_points.undo)
        assert session.reset_points.all == undone
    assert not session.reset_points.can_undo
    assert session.reset_points.can_redo
    desk.edit(session.reset_points.redo)
    assert session.reset_points.all == (ResetPoint(1, 1),)
    desk.edit(lambda: session.reset_points.put(2))
    assert not session.reset_points.can_redo  # another way was taken
    assert session.player.cursor == 8


def test_where_nothing_can_be_put_or_taken_nothing_happens(
    desk: Desk, session: Session, qtbot: QtBot
) -> None:
    desk.edit(lambda: session.reset_points.put(4))
    with qtbot.assertNotEmitted(session.run_changed, wait=100):
        session.reset_points.put(4)
        session.reset_points.put(99)
        session.reset_points.put(-1)
        session.reset_points.move(4, 4)
        session.reset_points.move(5, 6)
        assert not session.reset_points.remove(5)
    assert session.reset_points.all == (ResetPoint(1, 1),)


def test_other_settings_keep_the_sample_that_is_looked_at(desk: Desk, session: Session) -> None:
    session.set_sample(4)
    desk.go_to(7)
    assert (session.sample, session.row) == (4, 0)
    desk.configure(batch_size=3)
    desk.settle()
    assert (session.sample, session.row) == (4, 1)
    assert session.plan.position(session.player.cursor).timestep == 1


def test_settings_that_cannot_be_used_leave_everything_as_it_was(
    desk: Desk, session: Session, qtbot: QtBot
) -> None:
    desk.go_to(5)
    before = session.settings
    bad = dataclasses.replace(before, batch_size=4)
    (failure,) = desk.answer(session.failed, lambda: session.configure(bad))
    assert failure.command == "Configure"
    assert "6 samples" in failure.message
    assert session.settings == before
    desk.go_to(6)


def test_what_cannot_be_opened_leaves_everything_as_it_was(
    desk: Desk, session: Session, files: SimpleNamespace
) -> None:
    desk.go_to(5)
    trace = session.trace
    (failure,) = desk.answer(session.failed, lambda: session.open_files(files.broken))
    assert failure.command == "Open"
    assert "broken.keras" in failure.message
    assert failure.hint
    assert session.trace is trace
    assert not session.opening
    desk.go_to(6)


def test_data_are_cut_anew(desk: Desk, session: Session, files: SimpleNamespace) -> None:
    desk.answer(session.opened, lambda: session.open_files(None, files.series))
    assert session.dataset.inputs[0].shape[1:] == (3, 1)
    shaping = Shaping(look_back=3, stride=2)
    desk.answer(session.opened, lambda: session.reshape(shaping))
    assert session.dataset.shaping.stride == 2
    (failure,) = desk.answer(session.failed, lambda: session.reshape(Shaping(look_back=4)))
    assert failure.command == "Reshape"
    assert session.dataset.shaping.stride == 2
    desk.go_to(2)


def test_the_ninth_pinned_unit_pushes_the_first_one_out(session: Session) -> None:
    session.pinned = ()
    for unit in range(MOST_PINNED + 1):
        session.pin(unit)
    assert session.pinned == tuple(range(1, MOST_PINNED + 1))
    session.pin(3)
    assert 3 not in session.pinned
    session.unpin(99)
    assert len(session.pinned) == MOST_PINNED - 1


def test_another_layer_keeps_the_units_that_it_has(
    desk: Desk, session: Session, files: SimpleNamespace
) -> None:
    desk.answer(session.opened, lambda: session.open_files(files.both, files.both_data))
    assert session.path == "plain"
    session.pin(2)
    session.set_layer("both/forward_lstm")
    assert (session.pinned, session.unit) == ((0,), 1)
    session.set_layer("there is none")
    assert session.path == "both/forward_lstm"


def test_a_recording_is_saved(desk: Desk, session: Session, tmp_path: Path) -> None:
    from lstm_viz import open_trace

    desk.go_to(5)
    (path,) = desk.answer(session.saved, lambda: session.save(str(tmp_path / "run.npz")))
    np.testing.assert_array_equal(open_trace(path).layers["memory"].values(5, 1), session.layer.values(5, 1))


def test_part_of_a_recording_is_exported(desk: Desk, session: Session, tmp_path: Path) -> None:
    from app.export_dialog import ExportChoice
    from lstm_viz.export import FORMATS

    desk.go_to(5)
    choice = ExportChoice(FORMATS["npz"], ("memory",), ("f",), (2, 5))
    (path,) = desk.answer(session.saved, lambda: session.export(str(tmp_path / "run.npz"), choice))
    with np.load(path) as arrays:
        found, samples, timesteps = (arrays[f"memory/{name}"] for name in ("f", "sample", "timestep"))
    wanted = session.layer.f[np.ix_(samples, timesteps)]
    there = ~np.isnan(found)
    assert there[:, :, 0].sum() == 3 * session.plan.batch_size
    np.testing.assert_array_equal(found[there], wanted[there])


def test_cancelling_goes_on_with_what_was_open(
    desk: Desk, session: Session, files: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.engine.bridge._CANCEL_MILLISECONDS", 60_000)  # however busy the machine is
    desk.go_to(5)
    kept, engine = session.layer.values(5, 0), desk.bridge.pid
    dataset = session.dataset
    session.open_files(files.both, files.both_data)
    assert session.opening
    (said,) = desk.answer(session.message, session.cancel)
    assert said == "Cancelled."
    assert desk.bridge.pid == engine
    assert session.model.path == files.one
    assert session.dataset is dataset
    assert not session.opening
    np.testing.assert_array_equal(session.layer.values(5, 0), kept)
    desk.go_to(6)


def test_data_that_are_open_are_not_opened_again(
    desk: Desk, session: Session, files: SimpleNamespace, qtbot: QtBot
) -> None:
    seen = []
    session.data_opened.connect(lambda: seen.append(session.dataset))
    desk.answer(session.opened, lambda: session.open_files(None, files.series))
    # Read as it is, cut as the model needs it, and that is the one that is run.
    assert len(seen) == 2
    assert session.dataset is seen[-1]


# -- while something is opened ------------------------------------------------------------------------


def test_settings_are_not_changed_for_a_model_that_is_being_opened(
    desk: Desk, session: Session, files: SimpleNamespace, qtbot: QtBot
) -> None:
    desk.edit(lambda: session.reset_points.put(4))
    desk.edit(lambda: session.reset_points.put(7))
    desk.edit(session.reset_points.undo)
    before = session.settings
    session.open_files(files.both, files.both_data)
    failures = []
    session.failed.connect(failures.append)
    changes = (
        lambda: session.configure(dataclasses.replace(before, batch_size=3)),
        lambda: session.reset_points.put(8),
        lambda: session.reset_points.move(4, 8),
        lambda: session.reset_points.remove(4),
        session.reset_points.undo,
        session.reset_points.redo,
    )
    for change in changes:
        with qtbot.waitSignals([session.run_changed, session.message], timeout=PATIENCE_MS):
            change()
        assert session.settings == before
    assert (session.reset_points.can_undo, session.reset_points.can_redo) == (True, True)
    desk.answer(session.opened, lambda: None)
    assert session.model.path == files.both
    assert session.settings == RunSettings()
    desk.configure(stateful=True)  # the next answer is to this
    assert failures == []


def test_steps_that_are_asked_for_while_something_is_opened_are_not_taken_in_it(
    desk: Desk, session: Session, files: SimpleNamespace
) -> None:
    session.open_files(files.both, files.both_data)
    session.seek(5)
    assert not session.player.computing
    desk.answer(session.opened, lambda: None)
    desk.configure(stateful=True)  # the engine has done all that it was told
    assert session.trace.count == 0


@pytest.mark.parametrize("changes", [{"batch_size": 3}, {"epochs": 2}, {"interleaved": True}])
def test_reset_points_are_not_brought_back_to_where_other_samples_are(
    desk: Desk, session: Session, changes: dict
) -> None:
    desk.edit(lambda: session.reset_points.put(4))
    desk.edit(lambda: session.reset_points.put(7))
    desk.edit(session.reset_points.undo)
    resets = dataclasses.replace(session.settings.resets, at=())
    desk.configure(resets=resets, **changes)
    assert not session.reset_points.can_undo
    assert not session.reset_points.can_redo


def test_a_change_that_is_refused_leaves_nothing_to_undo(desk: Desk, session: Session) -> None:
    desk.edit(lambda: session.reset_points.put(4))
    (failure,) = desk.answer(
        session.failed, lambda: session.configure(dataclasses.replace(session.settings, batch_size=4))
    )
    assert failure.command == "Configure"
    desk.edit(session.reset_points.undo)
    assert session.reset_points.all == ()


# -- without an engine --------------------------------------------------------------------------------


@pytest.fixture
def desk_of_its_own(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(qtbot, SessionFolder.create(tmp_path))
    yield desk
    desk.clear()


def test_after_the_engine_is_lost_everything_says_so_and_opening_starts_another(
    desk_of_its_own: Desk, files: SimpleNamespace, tmp_path: Path, qtbot: QtBot
) -> None:
    desk, session = desk_of_its_own, desk_of_its_own.session
    desk.answer(session.opened, lambda: session.open_files(files.one, files.one_data))
    desk.go_to(5)
    settings = session.settings
    session.player.seek(12)
    os.kill(desk.bridge.pid, signal.SIGSTOP)  # what is asked for now is not answered any more
    session.configure(dataclasses.replace(settings, batch_size=2))
    session.player.play()
    desk.answer(session.engine_lost, lambda: os.kill(desk.bridge.pid, signal.SIGKILL))
    assert session.settings == settings
    assert (session.player.playing, session.player.computing) == (False, False)

    (said,) = desk.answer(session.message, lambda: session.seek(len(session.plan) - 1))
    assert "start it again" in said
    assert not session.player.computing
    session.seek(2)
    assert session.player.cursor == 2
    target = tmp_path / "run.npz"
    (failure,) = desk.answer(session.failed, lambda: session.save(str(target)))
    assert (failure.command, failure.message) == ("Save", "The engine has ended.")
    assert "Start it again" in failure.hint
    assert not target.exists()
    desk.answer(session.failed, lambda: session.configure(dataclasses.replace(settings, batch_size=2)))
    assert session.settings == settings

    told: list[str] = []
    listening = session.busy.connect(lambda text, _: told.append(text))
    desk.answer(session.opened, lambda: session.open_files(files.both, files.both_data))
    session.busy.disconnect(listening)
    assert told[0] == "Starting the engine…"
    assert told[-1] == ""
    assert session.model.path == files.both
    engine = desk.bridge.pid
    session.restart_engine()  # there is one
    assert desk.bridge.pid == engine
    desk.go_to(3)


def test_data_without_a_model_wait_for_one(desk_of_its_own: Desk, files: SimpleNamespace) -> None:
    desk, session = desk_of_its_own, desk_of_its_own.session
    (said,) = desk.answer(session.message, lambda: session.open_files(None, files.one_data))
    assert "Open a model" in said
    assert not session.opening
    assert session.dataset.samples == 6
    desk.answer(session.failed, lambda: session.open_files(files.broken))
    assert session.dataset.samples == 6
    desk.answer(session.opened, lambda: session.open_files(files.one))
    assert session.plan.samples == 6
