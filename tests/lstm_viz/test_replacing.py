import errno
import os

import pytest

from lstm_viz import replacing as module
from lstm_viz.errors import TraceError
from lstm_viz.replacing import remove_unfinished, replacing


def fill(path, text):
    path.mkdir()
    (path / "inside").write_text(text)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def any_folder(_):
    return True


def no_exchange(*_):
    raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))


@pytest.mark.parametrize("exchange", [True, False], ids=["exchanged", "where names cannot be exchanged"])
def test_a_folder_takes_the_place_of_an_earlier_one(tmp_path, monkeypatch, exchange):
    if not exchange:
        monkeypatch.setattr(module, "_swap", no_exchange)
    for text in ("first", "second"):
        with replacing(tmp_path / "run.zarr", may_go=any_folder) as temporary:
            fill(temporary, text)
        assert (tmp_path / "run.zarr" / "inside").read_text() == text
        assert names(tmp_path) == ["run.zarr"]


def test_a_folder_takes_the_place_of_a_file(tmp_path):
    (tmp_path / "run").write_text("a file")
    with replacing(tmp_path / "run") as temporary:
        fill(temporary, "a folder")
    assert (tmp_path / "run" / "inside").read_text() == "a folder"
    assert names(tmp_path) == ["run"]


def test_a_folder_of_somebody_is_never_replaced(tmp_path):
    fill(tmp_path / "thesis", "three years")
    with (
        pytest.raises(TraceError, match="thesis is a folder") as refused,
        replacing(tmp_path / "thesis"),
    ):
        pytest.fail("nothing may be written first")
    assert refused.value.hint
    assert (tmp_path / "thesis" / "inside").read_text() == "three years"
    assert names(tmp_path) == ["thesis"]


def test_a_file_never_takes_the_place_of_a_folder(tmp_path):
    fill(tmp_path / "run", "earlier")
    with pytest.raises(TraceError), replacing(tmp_path / "run", may_go=any_folder) as temporary:
        temporary.write_text("a file")
    assert (tmp_path / "run" / "inside").read_text() == "earlier"
    assert names(tmp_path) == ["run"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, OSError])
def test_what_is_raised_while_writing_leaves_the_earlier_folder_and_no_other(tmp_path, error):
    fill(tmp_path / "run", "earlier")

    def write():
        with replacing(tmp_path / "run", may_go=any_folder) as temporary:
            fill(temporary, "half")
            raise error

    with pytest.raises(TraceError if error is OSError else error):
        write()
    assert (tmp_path / "run" / "inside").read_text() == "earlier"
    assert names(tmp_path) == ["run"]


def test_a_full_disk_says_how_much_is_missing(tmp_path):
    with (
        pytest.raises(TraceError, match=r"disk is full.*3 MiB more"),
        replacing(tmp_path / "run", lambda: 3 * 2**20),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_an_earlier_folder_comes_back_when_the_new_one_cannot_be_moved(tmp_path, monkeypatch):
    fill(tmp_path / "run", "earlier")
    monkeypatch.setattr(module, "_swap", no_exchange)
    rename, calls = os.rename, []

    def second_fails(source, target):
        calls.append(target)
        if len(calls) == 2:
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        rename(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "rename", second_fails)
        with pytest.raises(TraceError), replacing(tmp_path / "run", may_go=any_folder) as temporary:
            fill(temporary, "new")
    assert (tmp_path / "run" / "inside").read_text() == "earlier"
    assert names(tmp_path) == ["run"]


def test_what_a_killed_writer_left_is_removed_and_nothing_else(tmp_path):
    (tmp_path / "run.zarr").write_text("whole")
    fill(tmp_path / ".run.zarr.0123abcd", "half")
    (tmp_path / ".run.zarr.fedc0000").write_text("half")
    for other in (".run.zarr.backup", ".run.zarr.0123abcde", ".other.zarr.0123abcd", "run.zarr.0123abcd"):
        (tmp_path / other).write_text("somebody's")
    remove_unfinished(tmp_path / "run.zarr")
    assert names(tmp_path) == [
        ".other.zarr.0123abcd",
        ".run.zarr.0123abcde",
        ".run.zarr.backup",
        "run.zarr",
        "run.zarr.0123abcd",
    ]


def test_an_earlier_folder_that_a_killed_writer_had_taken_away_comes_back(tmp_path):
    fill(tmp_path / ".run.zarr.0123abcd.earlier", "earlier")
    fill(tmp_path / ".run.zarr.0123abcd", "half")
    remove_unfinished(tmp_path / "run.zarr")
    assert names(tmp_path) == ["run.zarr"]
    assert (tmp_path / "run.zarr" / "inside").read_text() == "earlier"
