"""SavedModel folders with the metadata of Keras: TensorFlow 2.0 to 2.15.

Only two things are taken: the configuration that Keras left as JSON (in ``keras_metadata.pb``, before
TensorFlow 2.5 in the object graph of ``saved_model.pb``), and the tensors of the checkpoint. The graphs of
operations are never looked at.
"""

from __future__ import annotations

import os
import re
from typing import Any

from . import protobuf
from .checkpoint import DAMAGED, Checkpoint, whole_file
from .contents import MAX_ARRAYS, MAX_CONFIG_BYTES, Contents, ReadProblem, parse_json

_MAX_DEPTH = 20
Graph = list[dict[str, int]]


def read_saved_model(folder: str) -> Contents:
    """Read a SavedModel folder."""
    object_graph = _object_graph(os.path.join(folder, "saved_model.pb"))
    metadata = _metadata(folder, object_graph)
    root = metadata.get(0)
    if root is None:
        raise ReadProblem(
            "This SavedModel holds only a compiled graph; nothing in it says which layers it has.",
            "Save the model with model.save() as .keras or .h5, or open the file that it was exported from.",
        )
    if not isinstance(root.get("config"), dict) or not isinstance(root.get("class_name"), str):
        raise ReadProblem(
            f"This SavedModel is of its author’s own class ({str(root.get('class_name'))[:60]}), "
            "whose code is not in it.",
            "Rebuild it as a Sequential or Functional model and save that.",
        )
    version = root.get("keras_version")
    contents = Contents(
        format=f"SavedModel (Keras {version})" if isinstance(version, str) else "SavedModel",
        layout="checkpoint",
        config={
            "class_name": root["class_name"],
            "config": root["config"],
            "build_config": {"input_shape": root.get("build_input_shape")},
        },
        keras_version=version[:100] if isinstance(version, str) else None,
        backend="tensorflow",
    )
    checkpoint = Checkpoint(os.path.join(folder, "variables", "variables"))
    _add_arrays(contents, checkpoint, [node for node, _ in object_graph], metadata)
    return contents


def _object_graph(path: str) -> list[tuple[dict[str, int], memoryview]]:
    """Children by name, and the metadata text, of every object of the SavedModel."""
    data = whole_file(path, 1 << 30)
    meta_graph = protobuf.first(data, 2)
    nodes = []
    for node in protobuf.messages(protobuf.first(meta_graph, 7), 1):
        nodes.append((_children(node), protobuf.first(protobuf.first(node, 4), 3)))
        if len(nodes) > 100 * MAX_ARRAYS:
            raise ReadProblem("It has more objects than any model.", DAMAGED, "saved_model.pb")
    return nodes


def _children(node: memoryview) -> dict[str, int]:
    return {protobuf.text(child, 2): protobuf.number(child, 1) for child in protobuf.messages(node, 1)}


def _metadata(
    folder: str, object_graph: list[tuple[dict[str, int], memoryview]]
) -> dict[int, dict[str, Any]]:
    """Keras's metadata of each object that has any, by the number of the object."""
    texts: dict[int, memoryview] = {}
    separate = os.path.join(folder, "keras_metadata.pb")
    if os.path.isfile(separate):
        for node in protobuf.messages(whole_file(separate, 256 << 20), 1):
            texts[protobuf.number(node, 2)] = protobuf.first(node, 5)
    else:
        texts = {number: text for number, (_, text) in enumerate(object_graph) if len(text)}
    # The root's text holds those of all others again, so it alone bounds their sizes.
    found: dict[int, dict[str, Any]] = {}
    total = 0
    for number, raw in texts.items():
        total += len(raw)
        if total > 8 * MAX_CONFIG_BYTES:
            raise ReadProblem(
                "Its metadata are longer than those of any model.", DAMAGED, "keras_metadata.pb"
            )
        if bytes(raw[:1]) == b"{":
            parsed = parse_json(bytes(raw), "keras_metadata.pb")
            if isinstance(parsed, dict):
                found[number] = parsed
    return found


def _add_arrays(
    contents: Contents, checkpoint: Checkpoint, objects: Graph, metadata: dict[int, dict[str, Any]]
) -> None:
    """List each layer's tensors: its ``variables``, in the order in which Keras kept them."""
    contents.size = checkpoint.size
    tracked, keys = _tracked_objects(checkpoint)
    same = _same_objects(objects, tracked)
    for number in _layers(objects, 0):
        name = metadata.get(number, {}).get("name")
        if not isinstance(name, str):
            continue
        variables = objects[number].get("variables")
        children = objects[variables] if variables is not None and variables < len(objects) else {}
        names = []
        for position in range(len(children)):
            node = same.get(children.get(str(position), -1), -1)
            full_name, key = keys.get(node, ("", ""))
            array = checkpoint.array(key)
            if array is None:
                raise ReadProblem(f"The weights of layer “{name[:60]}” are missing.", DAMAGED, name[:200])
            full = f"{name}/{position}/{full_name or key}"
            contents.add(full, array)
            names.append(full)
        contents.groups.append((name, names))


def _layers(objects: Graph, model: int) -> list[int]:
    """Objects that are the layers of a model, in order."""
    numbered = {}
    for name, child in objects[model].items() if model < len(objects) else ():
        match = re.fullmatch(r"layer-(\d+)", name)
        if match and child < len(objects):
            numbered[int(match.group(1))] = child
    return [numbered[key] for key in sorted(numbered)]


def _tracked_objects(checkpoint: Checkpoint) -> tuple[Graph, dict[int, tuple[str, str]]]:
    """List the objects of the checkpoint: children by name; name and key of the variables."""
    graph: Graph = []
    keys: dict[int, tuple[str, str]] = {}
    for node in protobuf.messages(checkpoint.text("_CHECKPOINTABLE_OBJECT_GRAPH"), 1):
        for attribute in protobuf.messages(node, 2):
            if protobuf.text(attribute, 1) == "VARIABLE_VALUE":
                keys[len(graph)] = protobuf.text(attribute, 2), protobuf.text(attribute, 3)
        graph.append(_children(node))
        if len(graph) > 100 * MAX_ARRAYS:
            raise ReadProblem("It has more objects than any model.", DAMAGED, "variables.index")
    return graph, keys


def _same_objects(objects: Graph, tracked: Graph) -> dict[int, int]:
    """Walk both graphs from the root by the same names; return saved object → checkpoint object."""
    same = {0: 0}
    waiting = [0]
    while waiting:
        here = waiting.pop()
        if here >= len(objects) or same[here] >= len(tracked):
            continue
        there = tracked[same[here]]
        for name, child in objects[here].items():
            if name in there and child not in same:
                same[child] = there[name]
                waiting.append(child)
    return same
