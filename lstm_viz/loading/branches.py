"""Keras 1 Sequential models that begin with a Merge of branches → a graph of layer calls.

Keras 1 built two-legged models so: ``Sequential([Merge([left, right], mode="concat"), Dense(1)])``, each leg
a Sequential of its own. It saved the weights of all legs' layers beside one another, as a graph has them.
"""

from __future__ import annotations

from typing import Any

from lstm_viz.loading.spec import ConfigError

_MAX_DEPTH = 8


def begins_with_merge(layers: list[Any]) -> bool:
    """Whether a Sequential's list of layers begins with a Merge that holds its branches."""
    first = layers[0] if layers else None
    config = first.get("config") if isinstance(first, dict) else None
    return (
        isinstance(first, dict)
        and first.get("class_name") == "Merge"
        and isinstance(config, dict)
        and isinstance(config.get("layers"), list)
    )


def as_graph(layers: list[Any], name: str) -> dict[str, Any]:
    """Write such a Sequential as the configuration of a graph in the manner of Keras 2."""
    graph: list[dict[str, Any]] = []
    inputs: list[list[Any]] = []
    last = _chain(layers, graph, inputs, 0)
    return {
        "name": name,
        "layers": graph,
        "input_layers": inputs,
        "output_layers": [[last, 0, 0]],
    }


def _chain(layers: list[Any], graph: list[dict[str, Any]], inputs: list[list[Any]], depth: int) -> str:
    """Append the layers of one branch; return the name of its last."""
    if depth > _MAX_DEPTH or not layers:
        raise ConfigError("A branch of the merged model is empty or too deep", "Merge")
    rest = layers
    if begins_with_merge(layers):
        config = dict(layers[0]["config"])
        ends = []
        for branch in config.pop("layers"):
            inner = branch.get("config") if isinstance(branch, dict) else None
            inner = inner.get("layers") if isinstance(inner, dict) else inner
            sequence = inner if isinstance(inner, list) else [branch]
            ends.append(_chain(sequence, graph, inputs, depth + 1))
        last = _append(graph, "Merge", config, ends)
        rest = layers[1:]
    else:
        first = layers[0].get("config") if isinstance(layers[0], dict) else None
        first = first if isinstance(first, dict) else {}
        last = f"input_{len(inputs) + 1}"
        entrance = {key: first.get(key) for key in ("batch_input_shape", "input_dtype")}
        _append(graph, "InputLayer", {"name": last, **entrance}, [])
        inputs.append([last, 0, 0])
    for layer in rest:
        if not isinstance(layer, dict) or not isinstance(layer.get("config"), (dict, list)):
            raise ConfigError("A branch of the merged model holds something other than layers", "Merge")
        config = layer["config"]
        if isinstance(config, list):  # a Sequential within the Sequential
            last = _append(
                graph,
                str(layer.get("class_name")),
                {"name": f"branch_{len(graph)}", "layers": config},
                [last],
            )
        else:
            last = _append(graph, str(layer.get("class_name")), config, [last])
    return last


def _append(graph: list[dict[str, Any]], class_name: str, config: dict[str, Any], sources: list[str]) -> str:
    name = str(config.get("name") or f"{class_name.lower()}_{len(graph) + 1}")
    nodes = [[[source, 0, 0] for source in sources]] if sources else []
    graph.append(
        {"class_name": class_name, "name": name, "config": {**config, "name": name}, "inbound_nodes": nodes}
    )
    return name
