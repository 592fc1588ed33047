"""The layers that are rebuilt, and the arguments that each may have.

A file's configuration reaches a Keras constructor only through this table: a class that is not in it is
shown and not run, an argument that is not in it is left out, a value that fails its check is an error.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lstm_viz.loading.spec import CannotRun, ConfigError

Check = Callable[[Any], Any]
MAX_SIZE = 1 << 31


def size(value: Any) -> int:
    """Return a whole number from 1 up."""
    return _whole(value, 1)


def count(value: Any) -> int:
    """Return a whole number from 0 up."""
    return _whole(value, 0)


def whole(value: Any) -> int:
    """Return a whole number of either sign, such as an axis."""
    return _whole(value, -MAX_SIZE)


def _whole(value: Any, least: int) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value < MAX_SIZE:
        raise ConfigError(f"{_show(value)} is not a whole number from {least} up")
    return value


def boolean(value: Any) -> bool:
    """Return True or False; old files also write 0 and 1."""
    if value in (0, 1) and isinstance(value, int):
        return bool(value)
    raise ConfigError(f"{_show(value)} is neither true nor false")


def number(value: Any) -> float:
    """Return a finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ConfigError(f"{_show(value)} is not a number")
    return float(value)


def rate(value: Any) -> float:
    """Return a number from 0 to 1."""
    result = number(value)
    if not 0 <= result <= 1:
        raise ConfigError(f"{_show(value)} is not between 0 and 1")
    return result


def optional(check: Check) -> Check:
    """Let null through."""
    return lambda value: None if value is None else check(value)


def choice(*names: str) -> Check:
    """Return one of some names."""

    def check(value: Any) -> str:
        if value not in names:
            raise ConfigError(f"{_show(value)} is none of {', '.join(names)}")
        return str(value)

    return check


def nested(check: Check, depth: int = 3) -> Check:
    """Return one value, or lists of values up to ``depth`` deep (as tuples)."""

    def checked(value: Any, depth: int = depth) -> Any:
        if isinstance(value, (list, tuple)):
            if depth == 0 or len(value) > 100:
                raise ConfigError(f"{_show(value)} is not a short list of numbers")
            return tuple(checked(item, depth - 1) for item in value)
        return check(value)

    return checked


ACTIVATIONS = frozenset(
    "celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear "
    "log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign "
    "sparse_plus sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink threshold".split()
)
# Older names, and the names of TensorFlow's own functions, as files spell them.
_ACTIVATION_ALIASES = {
    "swish": "silu",
    "swish_v2": "silu",
    "hard_swish": "hard_silu",
    "softmax_v2": "softmax",
    "log_softmax_v2": "log_softmax",
    "LeakyReLU": "leaky_relu",
    "ReLU": "relu",
    "Softmax": "softmax",
    "ELU": "elu",
}
_ACTIVATION_LAYERS = ("LeakyReLU", "ReLU", "Softmax", "ELU")
KERAS2_HARD_SIGMOID = "hard_sigmoid (Keras 2)"


@dataclass(frozen=True)
class LayerActivation:
    """A layer without weights that stands where an activation goes, such as ``LeakyReLU(0.7)``."""

    class_name: str
    settings: dict[str, Any]


def activation(value: Any) -> str | LayerActivation:
    """Return the name of one of Keras's own activations; :class:`CannotRun` for any other function."""
    if value is None:
        return "linear"
    if isinstance(value, dict):
        inner = value.get("config")
        if value.get("class_name") == "function" and isinstance(inner, str):
            value = inner
        elif value.get("class_name") in _ACTIVATION_LAYERS and isinstance(inner, dict):
            return _activation_layer(str(value["class_name"]), inner)
        else:
            value = value.get("class_name")
    if not isinstance(value, str):
        raise ConfigError(f"{_show(value)} is not the name of an activation")
    name = _ACTIVATION_ALIASES.get(value, value)
    if name == KERAS2_HARD_SIGMOID or name in ACTIVATIONS:
        return name
    raise CannotRun(f"It uses the activation “{value[:60]}”, which is not part of Keras.")


def _activation_layer(class_name: str, config: dict[str, Any]) -> LayerActivation:
    if class_name == "LeakyReLU" and "negative_slope" not in config:
        config = {**config, "negative_slope": config.get("alpha", 0.3)}
    return LayerActivation(class_name, check_arguments(class_name, config, class_name)[0])


def _show(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


_padding = choice("valid", "same", "causal")
_data_format = optional(choice("channels_last", "channels_first"))
_sizes = nested(size, 1)
_cell: dict[str, Check] = {
    "units!": size,
    "activation": activation,
    "recurrent_activation": activation,
    "use_bias": boolean,
}
_rnn: dict[str, Check] = {
    "return_sequences": boolean,
    "return_state": boolean,
    "go_backwards": boolean,
    "zero_output_for_mask": boolean,
}
_simple_cell: dict[str, Check] = {key: check for key, check in _cell.items() if key != "recurrent_activation"}
_conv: dict[str, Check] = {
    "filters!": size,
    "kernel_size!": _sizes,
    "strides": _sizes,
    "padding": _padding,
    "data_format": _data_format,
    "dilation_rate": _sizes,
    "groups": size,
    "activation": activation,
    "use_bias": boolean,
}
_conv_transpose = {
    **{key: check for key, check in _conv.items() if key != "groups"},
    "output_padding": optional(nested(count, 1)),
}
_depthwise = {key: check for key, check in _conv.items() if key not in ("filters!", "groups")}
_separable = {key: check for key, check in _conv.items() if key != "groups"}
_pool = {
    "pool_size": _sizes,
    "strides": optional(_sizes),
    "padding": _padding,
    "data_format": _data_format,
}
_global_pool = {"data_format": _data_format, "keepdims": boolean}
_conv_lstm: dict[str, Check] = {
    **{key: check for key, check in _conv.items() if key != "groups"},
    **{key: check for key, check in _rnn.items() if key != "zero_output_for_mask"},
    "recurrent_activation": activation,
}
_noise_shape = optional(nested(optional(count), 1))
_dropout = {"rate!": rate, "noise_shape": _noise_shape}

CATALOGUE: dict[str, dict[str, Check]] = {
    "InputLayer": {},
    "Dense": {"units!": size, "activation": activation, "use_bias": boolean},
    "EinsumDense": {
        "equation!": lambda value: _equation(value),
        "output_shape!": nested(optional(whole), 1),
        "activation": activation,
        "bias_axes": optional(lambda value: _equation(value)),
    },
    "Activation": {"activation!": activation},
    "Identity": {},
    "Dropout": _dropout,
    "SpatialDropout1D": {"rate!": rate},
    "SpatialDropout2D": {"rate!": rate, "data_format": _data_format},
    "SpatialDropout3D": {"rate!": rate, "data_format": _data_format},
    "GaussianDropout": {"rate!": rate},
    "AlphaDropout": _dropout,
    "GaussianNoise": {"stddev!": number},
    "ActivityRegularization": {},
    "Flatten": {"data_format": _data_format},
    "Reshape": {"target_shape!": nested(whole, 1)},
    "Permute": {"dims!": nested(size, 1)},
    "RepeatVector": {"n!": size},
    "Masking": {"mask_value": number},
    "Embedding": {"input_dim!": size, "output_dim!": size, "mask_zero": boolean},
    "LSTM": {**_cell, **_rnn},
    "GRU": {**_cell, **_rnn, "reset_after": boolean},
    "SimpleRNN": {**_simple_cell, **_rnn},
    "LSTMCell": _cell,
    "GRUCell": {**_cell, "reset_after": boolean},
    "SimpleRNNCell": _simple_cell,
    "StackedRNNCells": {},
    "RNN": _rnn,
    "ConvLSTM1D": _conv_lstm,
    "ConvLSTM2D": _conv_lstm,
    "ConvLSTM3D": _conv_lstm,
    "Bidirectional": {"merge_mode": optional(choice("sum", "mul", "concat", "ave"))},
    "TimeDistributed": {},
    "Conv1D": _conv,
    "Conv2D": _conv,
    "Conv3D": _conv,
    "Conv1DTranspose": _conv_transpose,
    "Conv2DTranspose": _conv_transpose,
    "Conv3DTranspose": _conv_transpose,
    "DepthwiseConv1D": {**_depthwise, "depth_multiplier": size},
    "DepthwiseConv2D": {**_depthwise, "depth_multiplier": size},
    "SeparableConv1D": {**_separable, "depth_multiplier": size},
    "SeparableConv2D": {**_separable, "depth_multiplier": size},
    "Cropping1D": {"cropping": nested(count)},
    "Cropping2D": {"cropping": nested(count), "data_format": _data_format},
    "Cropping3D": {"cropping": nested(count), "data_format": _data_format},
    "ZeroPadding1D": {"padding": nested(count), "data_format": _data_format},
    "ZeroPadding2D": {"padding": nested(count), "data_format": _data_format},
    "ZeroPadding3D": {"padding": nested(count), "data_format": _data_format},
    "UpSampling1D": {"size": size},
    "UpSampling2D": {
        "size": _sizes,
        "data_format": _data_format,
        "interpolation": choice("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"),
    },
    "UpSampling3D": {"size": _sizes, "data_format": _data_format},
    **{f"{kind}Pooling{n}D": _pool for kind in ("Max", "Average") for n in (1, 2, 3)},
    **{f"Global{kind}Pooling{n}D": _global_pool for kind in ("Max", "Average") for n in (1, 2, 3)},
    "BatchNormalization": {
        "axis": nested(whole, 1),
        "momentum": number,
        "epsilon": number,
        "center": boolean,
        "scale": boolean,
    },
    "LayerNormalization": {
        "axis": nested(whole, 1),
        "epsilon": number,
        "center": boolean,
        "scale": boolean,
        "rms_scaling": boolean,
    },
    "RMSNormalization": {"axis": nested(whole, 1), "epsilon": number},
    "GroupNormalization": {
        "groups": whole,
        "axis": whole,
        "epsilon": number,
        "center": boolean,
        "scale": boolean,
    },
    "UnitNormalization": {"axis": nested(whole, 1)},
    "Normalization": {
        "axis": optional(nested(whole, 1)),
        "mean": optional(nested(number, 4)),
        "variance": optional(nested(number, 4)),
        "invert": boolean,
    },
    "Rescaling": {"scale!": nested(number, 2), "offset": nested(number, 2)},
    "LeakyReLU": {"negative_slope": number},
    "PReLU": {"shared_axes": optional(nested(size, 1))},
    "ELU": {"alpha": number},
    "ReLU": {"max_value": optional(number), "negative_slope": number, "threshold": number},
    "Softmax": {"axis": nested(whole, 1)},
    **{name: {} for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")},
    "Concatenate": {"axis": whole},
    "Dot": {"axes!": nested(whole, 1), "normalize": boolean},
    "Attention": {"use_scale": boolean, "score_mode": choice("dot", "concat"), "dropout": rate},
    "AdditiveAttention": {"use_scale": boolean, "dropout": rate},
    "MultiHeadAttention": {
        "num_heads!": size,
        "key_dim!": size,
        "value_dim": optional(size),
        "use_bias": boolean,
        "output_shape": optional(nested(size, 1)),
        "attention_axes": optional(nested(whole, 1)),
    },
}

RECURRENT = frozenset({"LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"})
CELLS = frozenset({"LSTMCell", "GRUCell", "SimpleRNNCell"})
MODELS = frozenset({"Sequential", "Functional"})


def _equation(value: Any) -> str:
    if (
        not isinstance(value, str)
        or len(value) > 60
        or not set(value) <= set("abcdefghijklmnopqrstuvwxyz.,->")
    ):
        raise ConfigError(f"{_show(value)} is not an einsum equation")
    return value


def check_arguments(class_name: str, config: dict[str, Any], place: str) -> tuple[dict[str, Any], list[str]]:
    """Keep the arguments that the class may have, checked; and name those that are not known.

    Raises
    ------
    ConfigError
        An argument is missing or has a value that it cannot have.
    CannotRun
        An argument asks for code that is not Keras's own.
    """
    arguments: dict[str, Any] = {}
    known = set()
    for key, check in CATALOGUE[class_name].items():
        name = key.rstrip("!")
        known.add(name)
        if name not in config:
            if key.endswith("!"):
                raise ConfigError(f"{class_name} lacks “{name}”", place)
            continue
        try:
            arguments[name] = check(config[name])
        except ConfigError as error:
            raise ConfigError(f"{name}: {error.message}", f"{place}.{name}") from None
    unknown = [key for key in config if key not in known and not _irrelevant(key)]
    return arguments, unknown


_IRRELEVANT = frozenset(
    "name trainable dtype batch_input_shape batch_shape input_shape input_dtype input_dim input_length "
    "implementation consume_less dropout recurrent_dropout unit_forget_bias seed stateful time_major ragged "
    "sparse optional quantization_config lora_rank lora_alpha renorm renorm_clipping renorm_momentum "
    "virtual_batch_size fused adjustment synchronized activity_regularizer cell layer backward_layer cells "
    "layers mode reverse_state_order use_gate lora_enabled input_spec supports_masking flash_attention "
    "l1 l2 unroll zero_output_for_mask autocast weights activation_layer".split()
)


def _irrelevant(key: str) -> bool:
    """Whether an argument cannot change what the layer computes at inference, or is handled elsewhere."""
    return key in _IRRELEVANT or key.endswith(("_initializer", "_regularizer", "_constraint"))
