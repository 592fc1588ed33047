"""How layers call each other in a graph: the lists of Keras 1 and 2, the dictionaries of Keras 3."""

from __future__ import annotations

from typing import Any

from lstm_viz.loading.spec import Call, ConfigError, TensorRef


def parse_calls(value: Any, place: str) -> tuple[Call, ...]:
    """Check the ``inbound_nodes`` of one layer: each is one call of it.

    Raises
    ------
    ConfigError
        They are not what any Keras writes.
    """
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > 1_000:
        raise ConfigError("inbound_nodes is not a list", place)
    return tuple(_call(node, place) for node in value)


def _call(node: Any, place: str) -> Call:
    if isinstance(node, dict):  # Keras 3
        args, kwargs = node.get("args", []), node.get("kwargs", {})
        if not isinstance(args, list) or not isinstance(kwargs, dict):
            raise ConfigError("A call has no arguments", place)
        return Call(
            tuple(_structure(a, place) for a in args), {k: _structure(v, place) for k, v in kwargs.items()}
        )
    if not isinstance(node, list) or not node:
        raise ConfigError("A call has no inputs", place)
    kwargs = {}
    if _is_ref(node):  # one reference that was not wrapped
        node = [node]
    tensors: list[Any] = []
    for item in node:
        found, more = _old_argument(item, place)
        tensors.append(found)
        kwargs.update(more)
    return Call((tensors[0] if len(tensors) == 1 else tensors,), kwargs)


def _old_argument(item: Any, place: str) -> tuple[Any, dict[str, Any]]:
    """One input of Keras 1 and 2: ``[layer, node, tensor, {call arguments}]``, perhaps in lists."""
    if _is_ref(item):
        kwargs = item[3] if len(item) > 3 and isinstance(item[3], dict) else {}
        if item[0] == "_CONSTANT_VALUE":
            return item[2], {k: _old_structure(v, place) for k, v in kwargs.items()}
        return TensorRef(item[0], item[1], item[2]), {k: _old_structure(v, place) for k, v in kwargs.items()}
    if isinstance(item, list) and item and item[0] == "_CONSTANT_VALUE":
        kwargs = item[3] if len(item) > 3 and isinstance(item[3], dict) else {}
        return (item[2] if len(item) > 2 else None), {k: _old_structure(v, place) for k, v in kwargs.items()}
    if isinstance(item, (list, dict)):
        parts = [_old_argument(part, place) for part in (item if isinstance(item, list) else item.values())]
        merged: dict[str, Any] = {}
        for _, kwargs in parts:
            merged.update(kwargs)
        return [tensor for tensor, _ in parts], merged
    raise ConfigError("A call’s input is not a tensor", place)


def _is_ref(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) in (3, 4)
        and isinstance(value[0], str)
        and all(isinstance(number, int) and not isinstance(number, bool) for number in value[1:3])
        and value[0] != "_CONSTANT_VALUE"
        and (len(value) == 3 or isinstance(value[3], dict))
    )


def _old_structure(value: Any, place: str) -> Any:
    if _is_ref(value):
        return TensorRef(value[0], value[1], value[2])
    if isinstance(value, list):
        return [_old_structure(item, place) for item in value]
    if isinstance(value, dict):
        return {key: _old_structure(item, place) for key, item in value.items()}
    return value


def _structure(value: Any, place: str) -> Any:
    """Call arguments of Keras 3: references, slices, dtypes and plain values."""
    if isinstance(value, dict):
        inner = value.get("config")
        if value.get("class_name") == "__keras_tensor__" and isinstance(inner, dict):
            history = inner.get("keras_history")
            if not isinstance(history, list) or not _is_ref(history):
                raise ConfigError("A call’s input does not say where it comes from", place)
            return TensorRef(*history[:3])
        if value.get("class_name") == "__slice__" and isinstance(inner, dict):
            return slice(*(_bound(inner.get(key), place) for key in ("start", "stop", "step")))
        if value.get("class_name") == "__tuple__":
            value = inner if isinstance(inner, list) else value.get("items", [])
            return tuple(_structure(item, place) for item in value)
        return {key: _structure(item, place) for key, item in value.items()}
    if isinstance(value, list):
        return [_structure(item, place) for item in value]
    return value


def _bound(value: Any, place: str) -> int | None:
    if value is None or isinstance(value, int):
        return value
    raise ConfigError("A slice has a bound that is not a number", place)


def parse_refs(value: Any, place: str) -> Any:
    """Return the inputs or outputs of a model: one reference, a list of them, or a dictionary."""
    if _is_ref(value):
        return TensorRef(value[0], value[1], value[2])
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        return _structure(value, place)
    if isinstance(value, list):
        return [parse_refs(item, place) for item in value]
    if isinstance(value, dict):
        # Keras flattens dictionaries in the order of their keys.
        return [parse_refs(value[key], place) for key in sorted(value)]
    raise ConfigError("The model’s inputs or outputs are not named", place)


def flat_refs(value: Any) -> list[TensorRef]:
    """List the references in nested lists."""
    if isinstance(value, TensorRef):
        return [value]
    return [ref for item in value for ref in flat_refs(item)] if isinstance(value, (list, tuple)) else []
