import errno
import json
import math
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_viz import storage
from lstm_viz.errors import TraceError
from lstm_viz.storage import GrowingArray, write_json


@pytest.fixture(params=["memory", "folder"])
def small_blocks(request, tmp_path, monkeypatch):
    """Give the folder to use, with blocks of five entries of shape (2, 3)."""
    monkeypatch.setattr(storage, "MEMORY_BLOCK_BYTES", 5 * 2 * 3 * 4)
    monkeypatch.setattr(storage, "FILE_BLOCK_BYTES", 5 * 2 * 3 * 4)
    return tmp_path / "array" if request.param == "folder" else None


def array_of(folder, length=13):
    return GrowingArray((2, 3), np.float32, length, folder)


VALUES = np.random.default_rng(0).normal(size=(13, 2, 3)).astype("f4")


def test_what_is_written_in_pieces_across_blocks_is_read_back(small_blocks):
    array = array_of(small_blocks)
    assert array.block_length == 5
    for start, stop in [(0, 1), (1, 7), (7, 7), (7, 13)]:
        array.write(start, VALUES[start:stop])
    for start in range(14):
        for stop in range(start, 14):
            np.testing.assert_array_equal(array.read(start, stop), VALUES[start:stop])


def test_an_index_into_the_further_axes_reads_only_that_part(small_blocks):
    array = array_of(small_blocks)
    array.write(0, VALUES)
    np.testing.assert_array_equal(array.read(3, 12, 1), VALUES[3:12, 1])
    np.testing.assert_array_equal(array.read(3, 12, slice(None), 2), VALUES[3:12, :, 2])
    assert array.read(4, 4, 1).shape == (0, 3)


def test_entries_may_be_written_anew(small_blocks):
    array = array_of(small_blocks)
    array.write(0, VALUES)
    array.write(4, -VALUES[4:6])
    np.testing.assert_array_equal(array.read(4, 6), -VALUES[4:6])
    np.testing.assert_array_equal(array.read(6, 13), VALUES[6:])


def test_arrays_that_may_not_change_are_not_changed_by_what_is_written_later(small_blocks):
    given = VALUES.copy()
    given.flags.writeable = False
    array = array_of(small_blocks)
    array.write(0, given)
    array.write(3, -VALUES[3:9])
    np.testing.assert_array_equal(given, VALUES)
    np.testing.assert_array_equal(array.read(0, 13), np.concatenate([VALUES[:3], -VALUES[3:9], VALUES[9:]]))


@pytest.mark.parametrize(("start", "stop"), [(-1, 2), (12, 14), (5, 4)])
def test_entries_outside_the_array_are_an_index_error(small_blocks, start, stop):
    with pytest.raises(IndexError, match="at most 13"):
        array_of(small_blocks).read(start, stop)


def test_a_part_of_one_block_is_a_view_and_no_copy():
    array = GrowingArray((2, 3), np.float32, 13)
    array.write(0, VALUES)
    assert np.shares_memory(array.read(2, 9), array.read(0, 13))


def test_blocks_are_made_only_where_something_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "FILE_BLOCK_BYTES", 5 * 2 * 3 * 4)
    array = array_of(tmp_path)
    array.write(6, VALUES[6:8])
    assert [path.name for path in tmp_path.iterdir()] == ["000001.npy"]


@given(st.integers(1, 10**9), st.sampled_from([(), (1,), (7, 6, 128), (1, 10**7)]))
def test_a_huge_array_costs_nothing_before_it_is_written(length, item_shape):
    array = GrowingArray(item_shape, np.float32, length)
    assert 1 <= array.block_length <= length
    one = max(1, 4 * math.prod(item_shape))
    assert (array.block_length - 1) * one < storage.MEMORY_BLOCK_BYTES


def test_a_reader_sees_what_another_object_wrote_before_and_after_it_was_opened(tmp_path):
    writer, reader = array_of(tmp_path), GrowingArray((2, 3), np.float32, 13, tmp_path, writable=False)
    writer.write(0, VALUES[:4])
    np.testing.assert_array_equal(reader.read(0, 4), VALUES[:4])
    writer.write(4, VALUES[4:])
    np.testing.assert_array_equal(reader.read(0, 13), VALUES)


def test_no_more_than_some_blocks_stay_mapped(tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "FILE_BLOCK_BYTES", 2 * 3 * 4)
    monkeypatch.setattr(storage, "MOST_MAPPED", 2)
    array = array_of(tmp_path)
    for entry in range(13):
        array.write(entry, VALUES[entry : entry + 1])
        assert len(array._blocks) <= 2
    early = array.read(0, 1)
    for entry in range(13):
        np.testing.assert_array_equal(array.read(entry, entry + 1), VALUES[entry : entry + 1])
        assert len(array._blocks) <= 2
    np.testing.assert_array_equal(early, VALUES[:1])
    np.testing.assert_array_equal(array.read(0, 13), VALUES)
    assert len(array._blocks) == 13  # the same again needs them all
    array.read(5, 6)
    assert list(array._blocks) == [12, 5]


def test_the_bytes_to_come_are_those_of_the_blocks_that_are_not_there(tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "FILE_BLOCK_BYTES", 5 * 2 * 3 * 4)
    array = array_of(tmp_path / "array")
    found = [array.bytes_to_come()]
    for start, stop in [(0, 1), (1, 7), (7, 13)]:
        array.write(start, VALUES[start:stop])
        found.append(array.bytes_to_come())
    assert [count // (2 * 3 * 4) for count in found] == [13, 8, 3, 0]
    assert array_of(None).bytes_to_come() == 0


def test_a_reader_can_write_nothing(tmp_path):
    array_of(tmp_path).write(0, VALUES)
    reader = GrowingArray((2, 3), np.float32, 13, tmp_path, writable=False)
    with pytest.raises(ValueError, match="read-only"):
        reader.write(0, VALUES)


def test_a_block_that_is_missing_is_named(tmp_path):
    reader = GrowingArray((2, 3), np.float32, 13, tmp_path, writable=False)
    with pytest.raises(TraceError, match=r"missing: 000000\.npy"):
        reader.read(0, 1)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"\x00" * 500),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(path.read_bytes()[:20]),
        lambda path: np.save(path, np.zeros((13, 2, 2), "f4")),
        lambda path: np.save(path, np.zeros((13, 2, 3), "f8")),
        lambda path: np.save(path, np.array([{}])),
    ],
    ids=["empty", "zeros", "a byte short", "header cut", "other shape", "other type", "python objects"],
)
def test_a_block_that_is_damaged_is_named(tmp_path, damage):
    array_of(tmp_path).write(0, VALUES)
    damage(tmp_path / "000000.npy")
    with pytest.raises(TraceError, match=r"damaged: 000000\.npy"):
        GrowingArray((2, 3), np.float32, 13, tmp_path).read(0, 1)


def test_the_room_for_a_block_is_taken_before_it_is_mapped(tmp_path):
    array_of(tmp_path).write(0, VALUES[:1])
    block = (tmp_path / "000000.npy").stat()
    assert block.st_blocks * 512 >= VALUES.nbytes  # no holes: writing to a hole on a full disk is fatal


def test_a_full_disk_says_so_and_leaves_nothing_half_made(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)  # nobody may fill a disk for a test
    with pytest.raises(TraceError, match="disk is full") as refused:
        array_of(tmp_path / "array").write(0, VALUES)
    assert "Free some space" in refused.value.hint
    assert list((tmp_path / "array").iterdir()) == []


def test_without_a_call_that_reserves_room_zeros_are_written(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "posix_fallocate")  # as on macOS and Windows
    array = array_of(tmp_path)
    array.write(0, VALUES)
    np.testing.assert_array_equal(array.read(0, 13), VALUES)


def test_a_limit_on_the_size_of_files_is_an_error_that_names_the_folder(tmp_path):
    code = f"""
import resource, numpy as np
from pathlib import Path
from lstm_viz.errors import TraceError
from lstm_viz.storage import GrowingArray
resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, 2**16))
array = GrowingArray((2**10,), np.float64, 100, Path({str(tmp_path)!r}) / "array")
try:
    array.write(0, np.zeros((1, 2**10)))
except TraceError as error:
    print(error)
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert f"cannot be written to {tmp_path / 'array'}" in told.stdout
    assert list((tmp_path / "array").iterdir()) == []


def test_a_folder_that_may_not_be_written_to_is_named(tmp_path):
    (tmp_path / "array").write_text("in the way")
    with pytest.raises(TraceError, match="cannot be written"):
        array_of(tmp_path / "array").write(0, VALUES)


def test_a_json_file_is_replaced_as_a_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "header.json"
    write_json(path, {"a": 1})

    def interrupted(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "replace", interrupted)  # as late as it can go wrong
    with pytest.raises(TraceError, match="disk is full"):
        write_json(path, {"a": 2})
    assert json.loads(path.read_text()) == {"a": 1}


def test_in_memory_a_whole_block_that_nobody_can_change_is_kept_and_copied_before_it_is_written_anew():
    values = VALUES[:4].copy()
    values.flags.writeable = False
    array = GrowingArray((2, 3), np.float32, 4)
    array.write(0, values)
    assert np.shares_memory(array.read(0, 4), values)
    array.write(1, VALUES[8:9])
    np.testing.assert_array_equal(array.read(0, 4), [*VALUES[:1], *VALUES[8:9], *VALUES[2:4]])
    np.testing.assert_array_equal(values, VALUES[:4])
