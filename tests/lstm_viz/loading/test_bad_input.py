"""Files that are damaged or hostile end in one error that names the file, and in nothing else."""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from lstm_viz.errors import LoadError
from lstm_viz.loading import load_model
from tests.lstm_viz import recordings

UNITS, FEATURES = 4, 3


def configuration(*layers: dict[str, Any], units: int = UNITS, **more: Any) -> dict[str, Any]:
    lstm = {
        "class_name": "LSTM",
        "config": {"name": "lstm_1", "units": units, "batch_input_shape": [None, 5, FEATURES], **more},
    }
    return {"class_name": "Sequential", "config": {"name": "model", "layers": [lstm, *layers]}}


def arrays() -> dict[str, np.ndarray]:
    return {
        "lstm_1/kernel:0": np.full((FEATURES, 4 * UNITS), 0.1, "float32"),
        "lstm_1/recurrent_kernel:0": np.full((UNITS, 4 * UNITS), 0.1, "float32"),
        "lstm_1/bias:0": np.zeros(4 * UNITS, "float32"),
    }


def write(path: Path, config: Any = None, text: str | None = None) -> h5py.Group:
    """Write a good file; the returned group of the LSTM's weights is open for tampering."""
    file = h5py.File(path, "w")
    file.attrs["keras_version"] = "2.4.0"
    # Attributes end at 64 KiB unless they are stored densely, as Keras's own are not.
    file.attrs["model_config"] = np.bytes_(text or json.dumps(config or configuration()))
    group = file.create_group("model_weights")
    group.attrs["layer_names"] = np.array([b"lstm_1"])
    layer = group.create_group("lstm_1")
    layer.attrs["weight_names"] = np.array([name.encode() for name in arrays()])
    for name, value in arrays().items():
        layer[name] = value
    return layer


def replaced(make: Callable[[h5py.Group], None]) -> Callable[[Path], None]:
    """Tamper with the array of the kernel: it is removed first."""

    def tamper(path: Path) -> None:
        layer = write(path)
        del layer["lstm_1/kernel:0"]
        make(layer["lstm_1"])
        layer.file.close()

    return tamper


def good(path: Path) -> bytes:
    write(path).file.close()
    return path.read_bytes()


def truncated(path: Path) -> None:
    path.write_bytes(good(path)[:3000])


def weights_archive(path: Path, weights: bytes, config: str | None = None, compress: bool = False) -> None:
    method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("metadata.json", '{"keras_version": "3.5.0"}')
        archive.writestr("config.json", config or json.dumps(configuration()))
        archive.writestr("model.weights.h5", weights)


def external_link(group: h5py.Group) -> None:
    group["kernel:0"] = h5py.ExternalLink("/etc/hostname", "/x")


def soft_link(group: h5py.Group) -> None:
    group["kernel:0"] = h5py.SoftLink("/model_weights/lstm_1/lstm_1/bias:0")


def external_storage(group: h5py.Group) -> None:
    group.create_dataset("kernel:0", (FEATURES, 4 * UNITS), "f4", external=[("/etc/passwd", 0, 192)])


def virtual(group: h5py.Group) -> None:
    layout = h5py.VirtualLayout((FEATURES, 4 * UNITS), "f4")
    layout[:] = h5py.VirtualSource("/etc/hostname", "x", (FEATURES, 4 * UNITS))
    group.create_virtual_dataset("kernel:0", layout)


def hard_link_circle(path: Path) -> None:
    with h5py.File(path, "w") as file:
        inner = file.create_group("layers/lstm")
        inner["again"] = file["layers"]


def deep_groups(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_group("/".join("g" * 1 for _ in range(200)))


def declared_huge(group: h5py.Group) -> None:
    group.create_dataset("kernel:0", (30_000, 30_000), "f4")


def compressed_huge(group: h5py.Group) -> None:
    group.create_dataset(
        "kernel:0", (30_000, 8_000), "f4", chunks=(3_000, 4_000), compression="gzip", fillvalue=0
    )
    group["kernel:0"][0:10] = 0


def dense(name: str, inputs: int | None = None) -> dict[str, Any]:
    entrance = {"batch_input_shape": [None, inputs]} if inputs else {}
    return {"class_name": "Dense", "config": {"name": name, "units": 1000, "use_bias": False, **entrance}}


def many_arrays(path: Path, count: int, linked: bool, **storage: Any) -> None:
    """Write a model of Dense layers of 4 MB each, which are links to one array or whose arrays are zeros."""
    names = [f"dense_{number}" for number in range(count)]
    made = [dense(name, None if number else 1000) for number, name in enumerate(names)]
    layer = write(path, {"class_name": "Sequential", "config": {"name": "model", "layers": made}})
    layer.parent.attrs["layer_names"] = np.array([name.encode() for name in names])
    for number, name in enumerate(names):
        group = layer.parent.create_group(name)
        group.attrs["weight_names"] = np.array([b"kernel:0"])
        if number and linked:
            group["kernel:0"] = layer.parent["dense_0/kernel:0"]
        else:
            group.create_dataset("kernel:0", data=np.zeros((1000, 1000), "f4"), **storage)
    layer.file.close()


def one_array_for_two_weights(path: Path) -> None:
    layer = write(path, configuration(units=1))
    layer["square"] = np.zeros((1, 4), "f4")
    layer.attrs["weight_names"] = np.array([b"square", b"square", b"lstm_1/bias:0"])
    layer.file.close()


def zip_bomb(path: Path) -> None:
    weights_archive(path, bytes(200 << 20), compress=True)


def lying_zip(path: Path) -> None:
    """Say in the directory that the weights are 16 bytes long."""
    weights_archive(path, bytes(1 << 20), compress=True)
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 16)
    path.write_bytes(data)


def circle_of_layers() -> dict[str, Any]:
    layers = [
        {
            "class_name": "InputLayer",
            "name": "x",
            "config": {"name": "x", "batch_input_shape": [None, 5, 3]},
            "inbound_nodes": [],
        },
        *(
            {
                "class_name": "LSTM",
                "name": name,
                "config": {"name": name, "units": 4, "return_sequences": True},
                "inbound_nodes": [[[other, 0, 0, {}]]],
            }
            for name, other in (("a", "b"), ("b", "a"))
        ),
    ]
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [["b", 0, 0]]}
    return {"class_name": "Model", "config": {"name": "m", "layers": layers, **ends}}


def node(class_name: str, name: str, nodes: list[Any], **config: Any) -> dict[str, Any]:
    return {
        "class_name": class_name,
        "name": name,
        "config": {"name": name, **config},
        "inbound_nodes": nodes,
    }


def graph(name: str, *made: dict[str, Any], ends: tuple[str, int]) -> dict[str, Any]:
    entrance = node("InputLayer", "x", [], batch_input_shape=[None, 5, FEATURES])
    references = {"input_layers": [["x", 0, 0]], "output_layers": [[*ends, 0]]}
    return {"class_name": "Model", "config": {"name": name, "layers": [entrance, *made], **references}}


def calls_in_calls(depth: int, calls: int) -> dict[str, Any]:
    """Nest models so that each calls the one inside it several times, one call after the other."""
    model = graph("m0", node("Activation", "a", [[["x", 0, 0]]], activation="tanh"), ends=("a", 0))
    for level in range(1, depth + 1):
        inner = f"m{level - 1}"
        nodes = [[["x", 0, 0]], *([[inner, call, 0]] for call in range(1, calls))]
        model = graph(f"m{level}", {**model, "name": inner, "inbound_nodes": nodes}, ends=(inner, calls))
    return model


def many_references() -> dict[str, Any]:
    """Return a graph of many nested models, and of one layer that takes very many inputs."""
    chain = {"class_name": "Activation", "config": {"name": "a", "activation": "tanh"}}
    models = [
        {"class_name": "Sequential", "name": f"m{n}", "config": [chain], "inbound_nodes": [[["x", 0, 0]]]}
        for n in range(700)
    ]
    return graph("m", *models, node("Add", "sum", [[["x", 7, 0]] * 45_000]), ends=("sum", 0))


def as_text(text: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(text) and None


def archived(config: Callable[[], Any]) -> Callable[[Path], None]:
    """Put a configuration that is too long for an attribute into an archive."""
    return lambda path: weights_archive(path, good(path), json.dumps(config(), ensure_ascii=False))


def configured(config: Any = None, text: str | None = None) -> Callable[[Path], None]:
    return lambda path: write(path, config, text).file.close()


def with_array(value: Any) -> Callable[[Path], None]:
    return replaced(lambda group: group.create_dataset("kernel:0", data=value) and None)


def extra_layer(path: Path) -> None:
    layer = write(path)
    layer.parent.attrs["layer_names"] = np.array([b"lstm_1", b"dense_9"])
    other = layer.parent.create_group("dense_9")
    other.attrs["weight_names"] = np.array([b"kernel:0"])
    other["kernel:0"] = np.zeros((4, 2), "f4")
    layer.file.close()


def extra_array(path: Path) -> None:
    layer = write(path)
    layer.attrs["weight_names"] = np.array([*layer.attrs["weight_names"], b"more:0"])
    layer["more:0"] = np.zeros(3, "f4")
    layer.file.close()


def name_upwards(path: Path) -> None:
    layer = write(path)
    layer.attrs["weight_names"] = np.array([b"../lstm_1/lstm_1/kernel:0", *layer.attrs["weight_names"][1:]])
    layer.file.close()


def graph_only(path: Path) -> None:
    path.mkdir()
    (path / "saved_model.pb").write_bytes(b"\x08\x01\x12\x02\x3a\x00")


def folder_of_links(path: Path) -> None:
    """Make a folder of links that lead nowhere, to itself, and to all other files."""
    (path / "variables").mkdir(parents=True)
    for name in ("saved_model.pb", "notes.txt", "variables/variables.index"):
        (path / name).symlink_to("nowhere")
    (path / "again").symlink_to(path)
    (path / "everything").symlink_to("/")


def unpacked_with_links(path: Path) -> None:
    path.mkdir()
    (path / "config.json").write_text(json.dumps(configuration()))
    good(path.parent / "other.h5")
    (path / "model.weights.h5").symlink_to(path.parent / "other.h5")


def long_configuration(path: Path) -> None:
    weights_archive(path, good(path), "[" + "1," * 500_000 + "1]")


def exported_recording(path: Path) -> None:
    trace = recordings.new_trace()
    recordings.write(trace, recordings.recorded(), 0, 5)
    trace.export(path, format="hdf5")


KERNEL = np.full((FEATURES, 4 * UNITS), 0.1, "float32")
NAN = KERNEL.copy()
NAN[1, 1] = np.nan

BAD: dict[str, tuple[Callable[[Path], Any], str]] = {
    "empty": (as_text(b""), "is empty"),
    "truncated": (truncated, "cannot be"),
    "signature only": (as_text(b"\x89HDF\r\n\x1a\n"), "cannot be opened"),
    "a text file": (as_text(b"hello"), "not a Keras model"),
    "a web page": (as_text(b"<!DOCTYPE html>"), "web page"),
    "a Git LFS pointer": (as_text(b"version https://git-lfs.github.com/spec/v1\n"), "Git LFS"),
    "a pickle": (as_text(pickle.dumps([1, 2])), "pickle"),
    "another HDF5 file": (lambda path: h5py.File(path, "w").close(), "neither a Keras model"),
    "an exported recording": (exported_recording, "not the model"),
    "another zip": (lambda path: zipfile.ZipFile(path, "w").writestr("a.txt", "a"), "no config.json"),
    "arrays of NumPy": (lambda path: zipfile.ZipFile(path, "w").writestr("x.npy", "a"), "but no model"),
    "a session": (as_text(b'{"format": "lstm-viz session", "version": 1}'), "holds none"),
    "a broken zip": (as_text(b"PK\x03\x04" + bytes(100)), "archive cannot be read"),
    "a zip without weights": (
        lambda path: zipfile.ZipFile(path, "w").writestr("config.json", "{}"),
        "model.weights.h5",
    ),
    "an architecture": (as_text(json.dumps(configuration()).encode()), "not its weights"),
    "a folder": (lambda path: path.mkdir(), "not a saved model"),
    "a folder of links": (folder_of_links, "not a saved model"),
    "an unpacked archive of links": (unpacked_with_links, "a link to another place"),
    "a compiled graph": (graph_only, "only a compiled graph"),
    "broken JSON": (configured(text='{"class_name": '), "not valid JSON"),
    "JSON of another kind": (configured(config={"a": 1}), "no class name"),
    "a number as configuration": (configured(text="7"), "Something other than settings"),
    "deep JSON": (configured(text="[" * 50_000), "nested 50000 deep"),
    "long JSON": (long_configuration, "more than any model needs"),
    "deep groups": (deep_groups, "nested more than"),
    "a group in itself": (hard_link_circle, "contains itself"),
    "layers in a circle": (configured(circle_of_layers()), "in a circle"),
    "calls in calls": (configured(calls_in_calls(7, 7)), "calls of layers"),
    "many calls": (
        archived(
            lambda: graph(
                "m",
                *(node("Dense", f"d{n}", [[["x", 0, 0]]] * 1_000, units=3) for n in range(6)),
                ends=("d0", 0),
            )
        ),
        "6,002 calls of layers",
    ),
    "many inputs of one layer": (archived(many_references), "which is not made"),
    "a setting of many parts": (
        archived(lambda: configuration(units=5, own=[{"a": 1}] * 95_000)),
        "implies an array",
    ),
    "a setting of much text": (
        archived(lambda: configuration(units=5, own="é" * 4_000_000)),
        "implies an array",
    ),
    "many unknown settings": (
        archived(lambda: configuration(units=5, **{f"setting_{n}": 0 for n in range(190_000)})),
        "implies an array",
    ),
    "no units": (
        configured({"class_name": "Sequential", "config": [{"class_name": "LSTM", "config": {}}]}),
        "units",
    ),
    "units of no number": (configured(configuration(units="many")), "not a whole number"),
    "negative units": (configured(configuration(units=-1)), "not a whole number"),
    "huge units": (configured(configuration(units=1_000_000_000)), "implies an array"),
    "more units than weights": (configured(configuration(units=5)), "implies an array"),
    "text as array": (with_array(np.array([b"abc"] * 3)), "not plain numbers"),
    "records as array": (with_array(np.zeros(3, [("a", "f4"), ("b", "i4")])), "not plain numbers"),
    "complex numbers": (with_array(KERNEL.astype("complex64")), "not plain numbers"),
    "an array of objects": (
        replaced(lambda group: group.create_dataset("kernel:0", (3,), h5py.vlen_dtype("f4")) and None),
        "not plain numbers",
    ),
    "NaN": (with_array(NAN), "NaN"),
    "a missing array": (replaced(lambda group: None), "missing"),
    "an array too many": (extra_array, "implies 3 arrays, the file holds 4"),
    "a layer too many": (extra_layer, "weights for 2 layers"),
    "another shape": (with_array(KERNEL[:, :8]), "implies an array of shape (3, 16)"),
    "a group as array": (replaced(lambda group: group.create_group("kernel:0") and None), "missing"),
    "a declared huge array": (replaced(declared_huge), "the file holds"),
    "a compressed huge array": (replaced(compressed_huge), "the file holds"),
    "an external link": (replaced(external_link), "link to another file"),
    "a soft link": (replaced(soft_link), "link to another name"),
    "external storage": (replaced(external_storage), "stored in another file"),
    "a virtual dataset": (replaced(virtual), "stored in another file"),
    "a name that leads upwards": (name_upwards, "not a plain path"),
    "a zip bomb": (zip_bomb, "unpacks"),
    "one array linked many times": (lambda path: many_arrays(path, 60, True), "listed many times"),
    "one compressed array linked many times": (
        lambda path: many_arrays(path, 60, True, compression="gzip"),
        "far more than its",
    ),
    "many compressed arrays": (
        lambda path: many_arrays(path, 40, False, compression="gzip"),
        "far more than its",
    ),
    "one array for two weights": (one_array_for_two_weights, "listed twice"),
    "a zip that lies about sizes": (lying_zip, "cannot be"),
}


def refused(path: Path) -> LoadError:
    with pytest.raises(LoadError) as caught:
        load_model(path)
    return caught.value


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_ends_in_an_error_that_names_it_and_costs_little(
    kind: str, tmp_path: Path, bounded: Callable[[], AbstractContextManager[None]]
) -> None:
    make, message = BAD[kind]
    path = tmp_path / "bad.h5"
    made = make(path)
    if hasattr(made, "close"):
        made.close()
    before = sorted(tmp_path.rglob("*"))
    with bounded():
        error = refused(path)
    assert message in error.message
    assert "bad.h5" in error.message
    assert error.hint
    assert sorted(tmp_path.rglob("*")) == before


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    assert "There is no file" in refused(tmp_path / "none.h5").message


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes in folders")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.h5")
    assert "neither a file nor a folder" in refused(tmp_path / "pipe.h5").message


def test_weights_alone_ask_for_their_architecture(tmp_path: Path) -> None:
    path = tmp_path / "weights.h5"
    layer = write(path)
    del layer.file.attrs["model_config"]
    layer.file.close()
    assert "architecture" in refused(path).hint


def test_members_of_an_archive_that_lead_upwards_are_not_written(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with h5py.File(inner, "w") as file:
        for number, value in enumerate(arrays().values()):
            file[f"layers/lstm/cell/vars/{number}"] = value
    folder = tmp_path / "folder"
    folder.mkdir()
    weights_archive(folder / "model.keras", inner.getvalue())
    with zipfile.ZipFile(folder / "model.keras", "a") as archive:
        archive.writestr("../evil.txt", "evil")
    assert load_model(folder / "model.keras").lstm_layers
    assert not (tmp_path / "evil.txt").exists()
