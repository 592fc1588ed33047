"""Single operations between layers: Keras 3 ``Operation`` entries and ``TFOpLambda`` of tf.keras 2.

They name a function of Keras or TensorFlow; those below are called by their name in :mod:`keras.ops`,
any other cannot run.
"""

from __future__ import annotations

from typing import Any

# Keras 3 class name → function of keras.ops, positional parameter names in order
_FUNCTIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("add", "subtract", "multiply", "divide", "true_divide", "maximum", "minimum"), ("x1", "x2")
    ),
    **dict.fromkeys(
        ("matmul", "not_equal", "equal", "greater", "greater_equal", "less", "less_equal"), ("x1", "x2")
    ),
    **dict.fromkeys(("logical_and", "logical_or", "power"), ("x1", "x2")),
    **dict.fromkeys(("logical_not", "negative", "absolute", "abs", "exp", "log", "sqrt", "square"), ("x",)),
    **dict.fromkeys(("tanh", "sigmoid", "relu", "softplus", "sign", "sin", "cos"), ("x",)),
    **dict.fromkeys(("sum", "mean", "max", "min", "prod", "any", "all", "argmax"), ("x", "axis", "keepdims")),
    "softmax": ("x", "axis"),
    "expand_dims": ("x", "axis"),
    "squeeze": ("x", "axis"),
    "transpose": ("x", "axes"),
    "reshape": ("x", "newshape"),
    "concatenate": ("xs", "axis"),
    "stack": ("x", "axis"),
    "flip": ("x", "axis"),
    "repeat": ("x", "repeats", "axis"),
    "getitem": ("x", "key"),
    "cast": ("x", "dtype"),
    "clip": ("x", "x_min", "x_max"),
}
_KERAS3_CLASSES = {"".join(part.capitalize() for part in name.split("_")): name for name in _FUNCTIONS} | {
    "GetItem": "getitem",
    "Concatenate": "concatenate",
}
_TF_NAMES = {
    "__operators__.add": "add",
    "__operators__.getitem": "getitem",
    "math.add": "add",
    "math.subtract": "subtract",
    "math.multiply": "multiply",
    "math.divide": "divide",
    "math.truediv": "divide",
    "math.maximum": "maximum",
    "math.minimum": "minimum",
    "math.not_equal": "not_equal",
    "math.tanh": "tanh",
    "math.sigmoid": "sigmoid",
    "math.exp": "exp",
    "math.reduce_sum": "sum",
    "math.reduce_mean": "mean",
    "math.reduce_max": "max",
    "math.reduce_min": "min",
    "nn.relu": "relu",
    "nn.softmax": "softmax",
    "nn.sigmoid": "sigmoid",
    "nn.tanh": "tanh",
    "concat": "concatenate",
    "expand_dims": "expand_dims",
    "squeeze": "squeeze",
    "stack": "stack",
    "linalg.matmul": "matmul",
    "reshape": "reshape",
    "transpose": "transpose",
    "cast": "cast",
    "compat.v1.transpose": "transpose",
    "compat.v1.squeeze": "squeeze",
}
_TF_PARAMETERS = {
    "x": ("x1", "x"),
    "y": ("x2",),
    "a": ("x1",),
    "b": ("x2",),
    "input_tensor": ("x",),
    "slice_spec": ("key",),
    "values": ("xs", "x"),
    "perm": ("axes",),
    "shape": ("newshape",),
    "input": ("x",),
    "logits": ("x",),
    "tensor": ("x",),
}
_TF_LAYERS = ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer")


def is_operation(class_name: str, module: Any, config: dict[str, Any]) -> bool:
    """Whether a configuration entry is an operation, not a layer."""
    if class_name in _TF_LAYERS:
        return True
    if isinstance(module, str) and module.startswith("keras.src.ops"):
        return True
    # HDF5 files of Keras 3 leave the module out; but a layer always says whether it is trainable.
    return module is None and class_name in _KERAS3_CLASSES and "trainable" not in config and "name" in config


def operation_name(class_name: str, config: dict[str, Any]) -> str | None:
    """Name in :mod:`keras.ops`, or None for an operation that is not known."""
    if class_name in _TF_LAYERS:
        return _TF_NAMES.get(str(config.get("function")))
    return _KERAS3_CLASSES.get(class_name)


def run_operation(name: str, args: tuple[Any, ...], kwargs: dict[str, Any], settings: dict[str, Any]) -> Any:
    """Call the operation on Keras tensors.

    Raises
    ------
    TypeError, ValueError
        The arguments do not fit it.
    """
    from keras import ops

    names = _FUNCTIONS[name]
    bound = dict(zip(names, args, strict=False))
    for key, value in {**settings, **kwargs}.items():
        if value is None:
            continue
        for candidate in (key, *_TF_PARAMETERS.get(key, ())):
            if candidate in names and candidate not in bound:
                bound[candidate] = value
                break
    bound.pop("dtype", None) if name != "cast" else None
    if name == "getitem":
        return bound["x"][_as_key(bound["key"])]
    positional = [bound.pop(key) for key in names if key in bound and key in names[:1]]
    if names[:2] == ("x1", "x2") and "x2" in bound:
        positional.append(bound.pop("x2"))
    function = getattr(ops, "abs" if name == "absolute" else name)
    return function(*positional, **bound)


def _as_key(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_as_key(item) for item in value)
    if isinstance(value, dict) and set(value) <= {"start", "stop", "step"}:
        return slice(value.get("start"), value.get("stop"), value.get("step"))
    return value
