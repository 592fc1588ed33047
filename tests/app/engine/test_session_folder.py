from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from app.autosave import Autosave
from app.engine.session_folder import RESERVE_BYTES, SessionFolder, default_parent
from lstm_viz.errors import DiskFullError, TraceError


def test_every_data_set_and_recording_gets_a_folder_of_its_own(session: SessionFolder) -> None:
    first = session.new_recording()
    first.mkdir()
    second = session.new_recording()
    assert first != second
    assert session.holds(first)
    assert session.holds(session.new_data())


def test_a_folder_elsewhere_is_not_the_sessions(session: SessionFolder, tmp_path: Path) -> None:
    assert not session.holds(tmp_path)
    assert not session.holds(session.path)


def test_removing_leaves_nothing_behind(tmp_path: Path) -> None:
    session = SessionFolder.create(tmp_path)
    (session.new_recording()).mkdir()
    session.remove()
    session.remove()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_program_left_is_cleared_away(session: SessionFolder) -> None:
    killed = SessionFolder.create(session.path.parent)
    assert killed._lock is not None
    killed._lock.close()  # as the system does when a process ends
    session.remove_leftovers()
    assert not killed.path.exists()
    assert session.path.exists()


def test_the_folder_of_a_program_that_still_runs_stays(session: SessionFolder) -> None:
    other = SessionFolder.create(session.path.parent)
    session.remove_leftovers()
    assert other.path.exists()
    other.remove()


def test_a_recording_that_is_still_offered_stays_and_is_taken_over(session: SessionFolder) -> None:
    killed = left_by_a_killed_program(session, "")
    (recording := killed.new_recording()).mkdir()
    (recording / "header.json").write_text("{}", encoding="utf-8")
    autosave = Autosave()
    assert autosave.path is not None
    autosave.path.write_text(json.dumps({"recording": {"path": str(recording)}}), encoding="utf-8")
    session.remove_leftovers()
    assert recording.exists()
    mine = session.adopt(recording)
    assert mine is not None
    assert session.holds(mine)
    assert (mine / "header.json").exists()
    assert not recording.exists()
    autosave.close()
    session.remove_leftovers()
    assert not killed.path.exists()


def test_nothing_but_what_a_killed_program_left_is_taken_over(session: SessionFolder, tmp_path: Path) -> None:
    running = SessionFolder.create(session.path.parent)
    (in_use := running.new_recording()).mkdir()
    (elsewhere := tmp_path / "session-elsewhere" / "recordings" / "1").mkdir(parents=True)
    killed = left_by_a_killed_program(session, "")
    for path in (in_use, elsewhere, killed.data, killed.recordings / "1", killed.path):
        assert session.adopt(path) is None
    assert in_use.exists()
    assert elsewhere.exists()
    running.remove()


def left_by_a_killed_program(beside: SessionFolder, crash: str) -> SessionFolder:
    killed = SessionFolder.create(beside.path.parent)
    killed.crash_log.write_text(crash, encoding="utf-8")
    assert killed._lock is not None
    killed._lock.close()  # as the system does when a process ends
    return killed


def test_what_a_program_said_as_it_crashed_is_kept(session: SessionFolder) -> None:
    left_by_a_killed_program(session, "")
    older = left_by_a_killed_program(session, "Bus error")
    os.utime(older.crash_log, (1, 1))
    left_by_a_killed_program(session, "Segmentation fault")
    session.remove_leftovers()
    kept = session.take_crash_log()
    assert kept is not None
    assert kept.read_text(encoding="utf-8") == "Segmentation fault"
    assert sorted(path.name for path in session.path.parent.iterdir()) == sorted(
        [kept.name, session.path.name, f"{session.path.name}.lock"]
    )
    assert session.take_crash_log() is None  # it is offered once


def test_what_a_running_program_writes_is_its_own(session: SessionFolder) -> None:
    other = SessionFolder.create(session.path.parent)
    other.crash_log.write_text("Segmentation fault", encoding="utf-8")
    session.crash_log.write_text("Segmentation fault", encoding="utf-8")
    assert session.take_crash_log() is None
    assert other.crash_log.exists()
    other.remove()


def test_a_run_that_would_fill_the_disk_is_refused(session: SessionFolder) -> None:
    free = shutil.disk_usage(session.path).free
    with pytest.raises(DiskFullError, match="Too little room") as refusal:
        session.require_space(free)
    assert "GiB" in refusal.value.message
    assert refusal.value.hint
    if free > 2 * RESERVE_BYTES:
        session.require_space(0)


def test_the_end_of_the_log_is_read_from_where_the_engine_began(session: SessionFolder) -> None:
    assert session.log_tail() == ""
    session.log.write_text("old engine\n", encoding="utf-8")
    start = session.log_size()
    with session.log.open("a", encoding="utf-8") as log:
        log.writelines(f"line {number}\n" for number in range(5))
    assert session.log_tail(2, start) == "line 3\nline 4"
    assert session.log_tail(9, start).startswith("line 0")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(TraceError, match="file"):
        SessionFolder.create(tmp_path / "file")


def test_the_users_cache_folder_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_parent() == tmp_path / "lstm-viz"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert default_parent() == Path.home() / ".cache" / "lstm-viz"
