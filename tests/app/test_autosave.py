from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.autosave import Autosave, FileWriter, state_folder, write_whole
from app.session_file import Place, SavedSession, SessionFileError, session_text

A_SESSION = session_text(SavedSession(Place("/models/a.keras")))
ANOTHER = session_text(SavedSession(Place("/models/b.keras")))

# Keeps a session and waits to be killed.
RUNNING = """
import sys
from pathlib import Path
from app.autosave import Autosave, write_whole
autosave = Autosave(Path(sys.argv[1]))
write_whole(autosave.path, sys.argv[2])
print("kept", flush=True)
sys.stdin.read()
"""


def running(folder: Path, text: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", RUNNING, str(folder), text]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "kept\n"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def killed(folder: Path, text: str) -> None:
    kill(running(folder, text))


def test_what_a_killed_program_had_open_is_found_once_and_what_a_running_one_has_is_not(
    tmp_path: Path,
) -> None:
    first = running(tmp_path, A_SESSION)
    autosave = Autosave(tmp_path)
    assert autosave.leftover() is None
    kill(first)
    left = autosave.leftover()
    assert left is not None
    assert left.saved.title == "a.keras"
    other = Autosave(tmp_path)
    assert other.leftover() is None  # offered already, by the first
    left.remove()
    assert other.leftover() is None
    autosave.close()
    other.close()
    assert list(tmp_path.iterdir()) == []


def test_what_a_kill_in_the_middle_of_writing_leaves_goes_with_the_rest(tmp_path: Path) -> None:
    killed(tmp_path, A_SESSION)
    (path,) = tmp_path.glob("*.lstmviz")
    path.with_name(f".{path.name}.0123abcd").write_text("half")
    autosave = Autosave(tmp_path)
    left = autosave.leftover()
    assert left is not None
    left.remove()
    autosave.close()
    assert list(tmp_path.iterdir()) == []


def test_what_was_not_answered_is_offered_again(tmp_path: Path) -> None:
    killed(tmp_path, A_SESSION)
    autosave = Autosave(tmp_path)
    left = autosave.leftover()
    assert left is not None
    left.release()
    autosave.close()
    again = Autosave(tmp_path)
    left = again.leftover()
    assert left is not None
    left.remove()
    again.close()


def test_of_several_the_newest_is_offered_and_the_others_are_forgotten(tmp_path: Path) -> None:
    killed(tmp_path, A_SESSION)
    (old,) = tmp_path.glob("*.lstmviz")
    os.utime(old, (1, 1))
    killed(tmp_path, ANOTHER)
    autosave = Autosave(tmp_path)
    left = autosave.leftover()
    assert left is not None
    assert left.saved.title == "b.keras"
    assert not old.exists()
    left.remove()
    autosave.close()


def test_what_cannot_be_read_is_forgotten_without_a_word_to_the_user(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    killed(tmp_path, "{")
    autosave = Autosave(tmp_path)
    assert autosave.leftover() is None
    autosave.close()
    assert list(tmp_path.iterdir()) == []
    assert "is not offered" in caplog.text


def test_a_program_that_ends_as_it_should_leaves_nothing(tmp_path: Path) -> None:
    autosave = Autosave(tmp_path / "state")
    assert autosave.path is not None
    write_whole(autosave.path, A_SESSION)
    autosave.close()
    autosave.close()
    assert list((tmp_path / "state").iterdir()) == []


def test_locks_of_killed_programs_that_kept_nothing_go_in_time(tmp_path: Path) -> None:
    stale, fresh = tmp_path / "open-1.lstmviz.lock", tmp_path / "open-2.lstmviz.lock"
    for lock in (stale, fresh):
        lock.touch()
    os.utime(stale, (1, 1))
    autosave = Autosave(tmp_path)
    assert autosave.leftover() is None
    assert not stale.exists()
    assert fresh.exists()
    autosave.close()


def test_without_a_folder_to_write_to_nothing_is_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    autosave = Autosave(tmp_path / "file")
    assert autosave.path is None
    assert autosave.leftover() is None
    autosave.close()
    assert "is not kept" in caplog.text


def test_a_write_that_fails_leaves_the_old_file_whole_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.lstmviz"
    write_whole(path, "old")

    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SessionFileError, match=r"a\.lstmviz cannot be written: No space left on device\."):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_writer_writes_in_order_on_its_own_thread_and_tells_of_failures(tmp_path: Path) -> None:
    told: list[tuple[Path, SessionFileError | None, bool]] = []
    here = threading.get_ident()
    writer = FileWriter(lambda path, error: told.append((path, error, threading.get_ident() == here)))
    writer.close()  # nothing was written
    path, nowhere = tmp_path / "a.lstmviz", tmp_path / "no" / "b.lstmviz"
    writer.write(path, "one")
    writer.write(nowhere, "x")
    writer.write(path, "two")
    writer.close()
    assert path.read_text() == "two"
    assert [(each, error is None) for each, error, _ in told] == [
        (path, True),
        (nowhere, False),
        (path, True),
    ]
    assert not any(same for _, _, same in told)


def test_the_state_is_kept_where_the_system_wants_it() -> None:
    if sys.platform == "linux":
        assert state_folder() == Path(os.environ["XDG_STATE_HOME"]) / "lstm-viz"
