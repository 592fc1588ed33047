import io
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_viz.dataset import Dataset, Shaping
from lstm_viz.dataset.array_files import MAX_BYTES
from lstm_viz.errors import DataError


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was opened",))


def test_an_npy_of_three_axes_holds_samples(tmp_path):
    x = np.arange(24.0).reshape(4, 3, 2)
    np.save(tmp_path / "x.npy", x)
    dataset = Dataset.from_file(tmp_path / "x.npy")
    np.testing.assert_array_equal(dataset.inputs[0], x)
    assert dataset.inputs[0].dtype == np.float32
    assert dataset.origin is None
    assert dataset.summary == "4 samples × 3 timesteps × 2 features, from x.npy"


def test_an_npy_of_one_axis_is_a_series(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(10))
    dataset = Dataset.from_file(tmp_path / "x.npy", Shaping(look_back=3))
    assert dataset.inputs[0].shape == (7, 3, 1)


def test_an_npy_of_two_axes_is_a_series_and_said_so(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((10, 2)))
    dataset = Dataset.from_file(tmp_path / "x.npy")
    assert dataset.inputs[0].shape == (1, 10, 2)
    assert dataset.notes == ("Read as a series of 10 timesteps and 2 columns.",)


def test_whole_numbers_on_two_axes_are_tokens(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(12).reshape(3, 4))
    dataset = Dataset.from_file(tmp_path / "x.npy")
    assert dataset.inputs[0].dtype == np.int32
    assert (dataset.samples, dataset.timesteps, dataset.features) == (3, 4, None)


def test_an_npz_gives_inputs_targets_and_names(tmp_path):
    x, y = np.zeros((5, 4, 2)), np.zeros((5, 4), np.int64)
    np.savez(tmp_path / "d.npz", x=x, y=y, feature_names=["heat", "load"], class_names=["on", "off"])
    dataset = Dataset.from_file(tmp_path / "d.npz")
    assert dataset.inputs[0].shape == (5, 4, 2)
    assert dataset.targets[0].shape == (5, 4)
    assert dataset.feature_names == ("heat", "load")
    assert dataset.class_names == ("on", "off")
    assert dataset.notes == ()


def test_several_inputs_come_in_the_order_of_their_numbers(tmp_path):
    arrays = {f"x{k}": np.full((2, 3, 1), k) for k in (10, 2, 0)}
    np.savez(tmp_path / "d.npz", **arrays, Y=np.zeros(2))
    dataset = Dataset.from_file(tmp_path / "d.npz")
    assert dataset.input_names == ("x0", "x2", "x10")
    assert [array[0, 0, 0] for array in dataset.inputs] == [0, 2, 10]
    assert dataset.target_names == ("Y",)


def test_a_single_array_of_any_name_is_the_input_and_said_so(tmp_path):
    np.savez(tmp_path / "d.npz", speed=np.zeros((2, 3, 1)))
    assert Dataset.from_file(tmp_path / "d.npz").notes == ("Taken as input: 'speed'.",)


def test_the_test_part_is_taken_and_said_so(tmp_path):
    np.savez(
        tmp_path / "d.npz",
        x_train=np.zeros((9, 3, 1)),
        y_train=np.zeros(9),
        x_test=np.ones((2, 3, 1)),
        y_test=np.ones(2),
    )
    dataset = Dataset.from_file(tmp_path / "d.npz")
    assert dataset.samples == 2
    assert "'x_test', 'y_test'" in dataset.notes[0]


@pytest.mark.parametrize(
    "arrays",
    [
        {"x": np.zeros((2, 3, 1)), "X": np.zeros((2, 3, 1))},
        {"x": np.zeros((2, 3, 1)), "x0": np.zeros((2, 3, 1))},
        {"speed": np.zeros((2, 3, 1)), "load": np.zeros((5, 3, 1))},
    ],
    ids=["x and X", "x and x0", "sizes differ"],
)
def test_an_unclear_input_is_refused(tmp_path, arrays):
    np.savez(tmp_path / "d.npz", **arrays)
    with pytest.raises(DataError, match=r"unclear which array of d\.npz"):
        Dataset.from_file(tmp_path / "d.npz")


def test_a_series_with_a_target_per_row_is_windowed_together(tmp_path):
    np.savez(tmp_path / "d.npz", x=np.arange(10.0).reshape(10, 1), y=np.arange(10) * 2)
    shaping = Shaping(look_back=3, target="y", target_is="last")
    dataset = Dataset.from_file(tmp_path / "d.npz", shaping)
    np.testing.assert_array_equal(dataset.inputs[0][0, :, 0], [0, 1, 2])
    np.testing.assert_array_equal(dataset.targets[0][:2, 0], [4, 6])


@pytest.mark.parametrize("name", ["bad.npy", "bad.npz"])
def test_python_objects_are_never_opened(tmp_path, name):
    objects = np.array([Bomb()], dtype=object)
    if name.endswith("npy"):
        np.save(tmp_path / name, objects)
    else:
        np.savez(tmp_path / name, x=objects)
    with pytest.raises(DataError, match=f"{name} holds Python objects"):
        Dataset.from_file(tmp_path / name)


@pytest.mark.parametrize("name", ["bad.npy", "bad.npz"])
@pytest.mark.parametrize("keep", [0, 5, 60, -40], ids=["nothing", "5 bytes", "60 bytes", "all but 40 bytes"])
def test_a_truncated_file_is_refused_by_name(tmp_path, name, keep):
    buffer = io.BytesIO()
    if name.endswith("npy"):
        np.save(buffer, np.zeros((20, 3, 1)))
    else:
        np.savez(buffer, x=np.zeros((20, 3, 1)))
    (tmp_path / name).write_bytes(buffer.getvalue()[:keep])
    with pytest.raises(DataError, match=name):
        Dataset.from_file(tmp_path / name)


def test_a_header_that_claims_more_than_the_file_holds_is_refused(tmp_path):
    header = io.BytesIO()
    claimed = {"descr": "<f8", "fortran_order": False, "shape": (1 << 40, 3, 1)}
    np.lib.format.write_array_header_1_0(header, claimed)
    (tmp_path / "bad.npy").write_bytes(header.getvalue() + b"\0" * 100)
    with pytest.raises(DataError, match=r"bad\.npy"):
        Dataset.from_file(tmp_path / "bad.npy")
    with zipfile.ZipFile(tmp_path / "bad.npz", "w") as archive:
        archive.writestr("x.npy", header.getvalue() + b"\0" * 100)
    with pytest.raises(DataError, match=r"bad\.npz"):
        Dataset.from_file(tmp_path / "bad.npz")


def test_a_file_that_claims_more_than_the_limit_is_refused_before_it_is_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "bad.npz", "w") as archive:
        archive.writestr("x.npy", b"\x93NUMPY")
    data = bytearray((tmp_path / "bad.npz").read_bytes())
    directory = data.index(b"PK\x01\x02")
    assert MAX_BYTES > 0xFFFFFFF0 / 4
    data[directory + 24 : directory + 28] = (0xFFFFFFF0).to_bytes(4, "little")
    entries = bytes(data)
    (tmp_path / "bad.npz").write_bytes(entries)
    with pytest.raises(DataError, match=r"bad\.npz"):
        Dataset.from_file(tmp_path / "bad.npz")


def test_a_member_that_is_no_array_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bad.npz", "w") as archive:
        archive.writestr("x", "text")
    with pytest.raises(DataError, match=r"'x' in bad\.npz is no array"):
        Dataset.from_file(tmp_path / "bad.npz")


def bytes_of(save, *args, **kwargs) -> bytes:
    buffer = io.BytesIO()
    save(buffer, *args, **kwargs)
    return buffer.getvalue()


SOUND_FILES = {
    "a.npy": bytes_of(np.save, np.arange(24.0).reshape(4, 3, 2)),
    "a.npz": bytes_of(np.savez_compressed, x=np.ones((4, 3, 2)), y=np.zeros(4), feature_names=["a", "b"]),
    "a.csv": b'day,a,b\n"Mon",1,2.5\nTue,3,4\nWed,5,"6"\n',
    "a.txt": b"a;b\n1,0;2,5\n3,0;4,0\n",
}


@given(
    st.sampled_from(sorted(SOUND_FILES)),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 6), st.binary(max_size=4)), min_size=1, max_size=3),
)
def test_damaged_bytes_are_read_or_refused_and_nothing_else(tmp_path_factory, name, changes):
    content = SOUND_FILES[name]
    for where, removed, added in changes:
        at = int(where * len(content))
        content = content[:at] + added + content[at + removed :]
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(content)
    refusal = None
    try:
        dataset = Dataset.from_file(path, Shaping(look_back=1) if name != "a.npz" else None)
    except DataError as error:
        refusal = error.message
    if refusal is None:
        assert all(np.isfinite(array).all() for array in dataset.inputs)
    else:
        assert name in refusal


def test_a_corrupt_member_is_refused(tmp_path):
    content = bytearray(SOUND_FILES["a.npz"])
    start = content.index(b"x.npy") + 30
    content[start : start + 20] = b"\xff" * 20
    (tmp_path / "bad.npz").write_bytes(bytes(content))
    with pytest.raises(DataError, match=r"bad\.npz cannot be read"):
        Dataset.from_file(tmp_path / "bad.npz")
