"""SavedModel folders are read as data; the folders here are written by hand, field by field."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from lstm_viz.errors import LoadError
from lstm_viz.loading import load_model

FLOAT, STRING = 1, 7


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def field(number: int, value: int | bytes | str) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def node(children: dict[str, int], *more: bytes) -> bytes:
    refs = b"".join(field(1, field(1, child) + field(2, name)) for name, child in children.items())
    return field(1, refs + b"".join(more))


def block(entries: list[tuple[bytes, bytes]]) -> bytes:
    """One block of a sorted table, with keys shortened by what they share with the one before."""
    out, before = b"", b""
    for key, value in entries:
        shared = 0
        while shared < min(len(key), len(before)) and key[shared] == before[shared]:
            shared += 1
        out += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        before = key
    return out + (0).to_bytes(4, "little") + (1).to_bytes(4, "little")


def table(entries: list[tuple[bytes, bytes]]) -> bytes:
    data = block(entries)
    file = data + bytes(5)
    handle = varint(0) + varint(len(data))
    index = block([(b"\xff", handle)])
    index_handle = varint(len(file)) + varint(len(index))
    file += index + bytes(5)
    footer = varint(0) + varint(0) + index_handle
    return file + footer.ljust(40, b"\0") + (0xDB4775248B80FB57).to_bytes(8, "little")


class Folder:
    """A model of layers, each an object of the graph with its list of variables."""

    def __init__(self, path: Path, version: str | None = "2.4.0") -> None:
        self.path, self.version = path, version
        self.objects: list[tuple[dict[str, int], dict[str, Any] | None, str]] = [({}, None, "")]
        self.tensors: dict[str, np.ndarray] = {}

    def add(self, children: dict[str, int], metadata: dict[str, Any] | None = None, key: str = "") -> int:
        self.objects.append((children, metadata, key))
        return len(self.objects) - 1

    def add_layer(self, number: int, name: str, arrays: list[np.ndarray]) -> None:
        variables = {}
        for position, array in enumerate(arrays):
            key = f"layer-{number}/{position}/.ATTRIBUTES/VARIABLE_VALUE"
            self.tensors[key] = array
            variables[str(position)] = self.add({}, key=key)
        layer = self.add({"variables": self.add(variables)}, {"name": name})
        self.objects[0][0][f"layer-{number}"] = layer

    def write(self, root: dict[str, Any], separate: bool) -> Path:
        self.objects[0] = (self.objects[0][0], {**root, "keras_version": self.version}, "")
        (self.path / "variables").mkdir(parents=True)
        graph = b"".join(
            node(children, field(4, field(3, json.dumps(metadata))) if metadata and not separate else b"")
            for children, metadata, _ in self.objects
        )
        (self.path / "saved_model.pb").write_bytes(field(1, 1) + field(2, field(7, graph)))
        if separate:
            texts = [
                field(1, field(2, number) + field(5, json.dumps(metadata)))
                for number, (_, metadata, _) in enumerate(self.objects)
                if metadata
            ]
            (self.path / "keras_metadata.pb").write_bytes(b"".join(texts))
        self._write_checkpoint()
        return self.path

    def _write_checkpoint(self) -> None:
        tracked = b"".join(
            node(children, field(2, field(1, "VARIABLE_VALUE") + field(3, key)) if key else b"")
            for children, _, key in self.objects
        )
        data = varint(len(tracked)) + bytes(4) + tracked
        entries = {"_CHECKPOINTABLE_OBJECT_GRAPH": field(1, STRING) + field(5, len(data))}
        for key, array in self.tensors.items():
            shape = b"".join(field(2, field(1, size)) for size in array.shape)
            place = field(4, len(data)) + field(5, array.nbytes)
            entries[key] = field(1, FLOAT) + field(2, shape) + place
            data += array.tobytes()
        ordered = sorted((key.encode(), value) for key, value in entries.items())
        index = table([(b"", field(1, 1)), *ordered])
        (self.path / "variables/variables.index").write_bytes(index)
        (self.path / "variables/variables.data-00000-of-00001").write_bytes(data)


def folder(path: Path, separate: bool = True) -> tuple[Path, keras.Model]:
    """Write a model of an LSTM and a Dense layer; return it with the same model built here."""
    model = keras.Sequential([layers.Input((5, 3)), layers.LSTM(4), layers.Dense(2)])
    rng = np.random.default_rng(1)
    weights = [rng.normal(size=weight.shape).astype("float32") for weight in model.weights]
    model.set_weights(weights)
    made = Folder(path)
    made.add_layer(0, "l", weights[:3])
    made.add_layer(1, "d", weights[3:])
    shape = {"class_name": "__tuple__", "items": [None, 5, 3]}
    lstm = {"name": "l", "units": 4, "recurrent_activation": "sigmoid", "batch_input_shape": shape}
    config = [
        {"class_name": "LSTM", "config": lstm},
        {"class_name": "Dense", "config": {"name": "d", "units": 2, "activation": "linear"}},
    ]
    root = {"class_name": "Sequential", "name": "m", "config": {"name": "m", "layers": config}}
    return made.write(root, separate), model


@pytest.mark.parametrize("separate", [True, False], ids=["metadata file", "metadata in the graph"])
def test_a_folder_with_metadata_of_keras_opens(separate: bool, tmp_path: Path) -> None:
    path, model = folder(tmp_path / "m", separate)
    x = np.random.default_rng(2).normal(size=(2, 5, 3)).astype("float32")
    loaded = load_model(path)
    got = np.asarray(loaded.keras_model(x, training=False))
    np.testing.assert_allclose(got, np.asarray(model(x, training=False)), rtol=1e-5, atol=1e-6)
    assert loaded.format == "SavedModel (Keras 2.4.0)"


def test_the_file_in_the_folder_opens_it_as_well(tmp_path: Path) -> None:
    path, _ = folder(tmp_path / "m")
    assert load_model(path / "saved_model.pb").path == load_model(path).path == str(path)


def cut_shard(path: Path) -> None:
    shard = path / "variables/variables.data-00000-of-00001"
    shard.write_bytes(shard.read_bytes()[:-8])


def cut_index(path: Path) -> None:
    index = path / "variables/variables.index"
    index.write_bytes(index.read_bytes()[:-60])


def no_index(path: Path) -> None:
    (path / "variables/variables.index").unlink()


def own_class(path: Path) -> None:
    (path / "keras_metadata.pb").write_bytes(field(1, field(5, '{"class_name": "Mine", "config": null}')))


def outside(path: Path) -> None:
    shard = path / "variables/variables.data-00000-of-00001"
    shard.rename(path.parent / "elsewhere")
    shard.symlink_to(path.parent / "elsewhere")


@pytest.mark.parametrize(
    ("tamper", "message"),
    [
        (cut_shard, "not as many bytes"),
        (cut_index, "variables.index"),
        (no_index, "is missing"),
        (outside, "a link to another place"),
        (own_class, "author’s own class"),
        (
            lambda path: (path / "keras_metadata.pb").write_bytes(b"\x0a\xff\xff\xff\xff\x0f"),
            "longer than the file",
        ),
        (lambda path: (path / "keras_metadata.pb").write_bytes(b"\xff" * 30), "never ends"),
    ],
)
def test_a_damaged_folder_ends_in_an_error(
    tamper: Callable[[Path], None], message: str, tmp_path: Path
) -> None:
    path, _ = folder(tmp_path / "m")
    tamper(path)
    with pytest.raises(LoadError) as caught:
        load_model(path)
    assert message in caught.value.message


def test_one_tensor_listed_for_many_variables_is_refused(
    tmp_path: Path, bounded: Callable[[], AbstractContextManager[None]]
) -> None:
    kernel = np.zeros((1000, 1000), "float32")
    made = Folder(tmp_path / "m")
    names = [f"d{number}" for number in range(60)]
    for number, name in enumerate(names):
        made.add_layer(number, name, [kernel] if number == 0 else [])
    first = made.objects[made.objects[0][0]["layer-0"]][0]["variables"]
    for number in range(1, 60):
        made.objects[made.objects[0][0][f"layer-{number}"]][0]["variables"] = first
    config = [{"class_name": "Dense", "config": {"name": n, "units": 1000, "use_bias": False}} for n in names]
    root = {"class_name": "Sequential", "name": "m", "config": {"name": "m", "layers": config}}
    path = made.write(root, separate=True)
    with bounded(), pytest.raises(LoadError) as caught:
        load_model(path)
    assert "listed many times" in caught.value.message


def test_layers_that_share_a_tensor_open(tmp_path: Path) -> None:
    """A nested model that is also used layer by layer is saved so."""
    kernel = np.random.default_rng(3).normal(size=(3, 3)).astype("float32")
    made = Folder(tmp_path / "m")
    made.add_layer(0, "a", [kernel])
    made.add_layer(1, "b", [])
    layer = [made.objects[made.objects[0][0][f"layer-{number}"]][0] for number in (0, 1)]
    layer[1]["variables"] = layer[0]["variables"]
    shape = [None, 3]
    config = [
        {"class_name": "Dense", "config": {"name": n, "units": 3, "use_bias": False, **more}}
        for n, more in (("a", {"batch_input_shape": shape}), ("b", {}))
    ]
    root = {"class_name": "Sequential", "name": "m", "config": {"name": "m", "layers": config}}
    model = load_model(made.write(root, separate=True)).keras_model
    np.testing.assert_allclose(model(np.eye(3, dtype="f4")), kernel @ kernel, rtol=1e-5)
