"""Old vocabulary → that of Keras 3: class names, argument names, defaults that changed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from lstm_viz.loading.catalogue import KERAS2_HARD_SIGMOID
from lstm_viz.loading.spec import CannotRun


@dataclass
class Era:
    """Which Keras wrote the file, and what had to be changed so far.

    ``major`` is 1, 2 or 3. ``notes`` collects plain sentences, each kept once (its keys, in order).
    """

    major: int
    version: str | None
    notes: dict[str, None] = field(default_factory=dict)
    old_hard_sigmoid: list[str] = field(default_factory=list)

    def since(self, major: int, minor: int) -> bool:
        """Whether the file's Keras is of this version or newer; False when its version is not known."""
        found = re.match(r"(\d{1,4})\.(\d{1,4})", self.version or "")
        return found is not None and (int(found.group(1)), int(found.group(2))) >= (major, minor)

    def note(self, text: str) -> None:
        """Keep a note, once."""
        self.notes[text] = None


def era_of(version: str | None, config: Any) -> Era:
    """Tell which Keras wrote a file, from its version or, without one, from its spelling."""
    found = re.match(r"(\d+)\.", version or "")
    if found:
        major = min(max(int(found.group(1)), 1), 3)
        return Era(major, version)
    text = repr(config)
    if "'inner_activation'" in text or ("'output_dim'" in text and "'inner_init'" in text):
        return Era(1, None)
    if "'batch_shape'" in text or "'DTypePolicy'" in text or "'keras_history'" in text:
        return Era(3, None)
    if "'border_mode'" in text or "'nb_filter'" in text or "'W_regularizer'" in text:
        return Era(1, None)
    return Era(2, None)


_CLASS_NAMES = {
    "Model": "Functional",
    "Functional": "Functional",
    "Graph": "Functional",
    "Container": "Functional",
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
    "Convolution1DTranspose": "Conv1DTranspose",
    "Convolution2DTranspose": "Conv2DTranspose",
    "Convolution3DTranspose": "Conv3DTranspose",
    "AtrousConvolution1D": "Conv1D",
    "AtrousConvolution2D": "Conv2D",
    "AtrousConv1D": "Conv1D",
    "AtrousConv2D": "Conv2D",
    "Deconvolution2D": "Conv2DTranspose",
    "SeparableConvolution1D": "SeparableConv1D",
    "SeparableConvolution2D": "SeparableConv2D",
    "CuDNNLSTM": "LSTM",
    "CuDNNGRU": "GRU",
    "LSTMV2": "LSTM",
    "UnifiedLSTM": "LSTM",
    "UnifiedGRU": "GRU",
    "GRUV2": "GRU",
    "LSTMCellV2": "LSTMCell",
    "GRUCellV2": "GRUCell",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "SyncBatchNormalization": "BatchNormalization",
    "TimeDistributedDense": "TimeDistributed",
    "GlobalAvgPool1D": "GlobalAveragePooling1D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalMaxPool1D": "GlobalMaxPooling1D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "MaxPool1D": "MaxPooling1D",
    "MaxPool2D": "MaxPooling2D",
    "AvgPool1D": "AveragePooling1D",
    "AvgPool2D": "AveragePooling2D",
    "Linear": "Identity",
}

_RENAMED_IN_2 = {
    "init": "kernel_initializer",
    "inner_init": "recurrent_initializer",
    "inner_activation": "recurrent_activation",
    "bias": "use_bias",
    "nb_filter": "filters",
    "subsample": "strides",
    "subsample_length": "strides",
    "border_mode": "padding",
    "dim_ordering": "data_format",
    "atrous_rate": "dilation_rate",
    "p": "rate",
    "sigma": "stddev",
    "pool_length": "pool_size",
    "stride": "strides",
    "W_regularizer": "kernel_regularizer",
    "U_regularizer": "recurrent_regularizer",
    "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint",
    "U_constraint": "recurrent_constraint",
    "b_constraint": "bias_constraint",
    "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout",
}
_DATA_FORMATS = {"tf": "channels_last", "th": "channels_first", "default": None}
_MERGE_CLASSES = {
    "sum": "Add",
    "mul": "Multiply",
    "ave": "Average",
    "max": "Maximum",
    "min": "Minimum",
    "concat": "Concatenate",
    "dot": "Dot",
    "cos": "Dot",
}


def plain_class_name(raw: Any) -> str:
    """``"Custom>Layer"`` and such stay as they are; only a namespace of Keras itself is taken off."""
    name = str(raw)
    return name.removeprefix("Keras>").removeprefix("keras.layers.")


def migrate_layer(class_name: str, config: dict[str, Any], era: Era) -> tuple[str, dict[str, Any]]:
    """Rewrite one layer's class and configuration as Keras 3 spells them.

    Raises
    ------
    CannotRun
        The old layer has no counterpart.
    """
    config = dict(config)
    name = str(config.get("name", class_name))[:200]
    new_class = _CLASS_NAMES.get(class_name, class_name)
    if era.major == 1:
        new_class, config = _from_keras1(class_name, new_class, config)
    if class_name.startswith("CuDNN"):
        config = {**config, "recurrent_activation": "sigmoid", "activation": "tanh"}
        if class_name == "CuDNNGRU":
            config["reset_after"] = True
        era.note(f"{name}: {class_name} opened as an ordinary {new_class}; the numbers are the same.")
    elif new_class in ("GRU", "GRUCell") and era.major < 3:
        config.setdefault("reset_after", False)
    if new_class in ("LSTM", "GRU", "LSTMCell", "GRUCell") and era.major < 3:
        # Keras wrote it always; a file of other hands that leaves it out means its own Keras's default.
        config.setdefault("recurrent_activation", "sigmoid" if era.since(2, 3) else "hard_sigmoid")
    if class_name == "ThresholdedReLU":
        new_class, config = "ReLU", _thresholded(config)
        era.note(f"{name}: ThresholdedReLU opened as a ReLU with a threshold; the numbers are the same.")
    if new_class == "LeakyReLU" and "alpha" in config:
        config["negative_slope"] = config.pop("alpha")
    if new_class == "LeakyReLU" and era.major < 3:
        config.setdefault("negative_slope", 0.3)
    if new_class == "ReLU" and isinstance(config.get("negative_slope"), list):
        config["negative_slope"] = config["negative_slope"][0] if config["negative_slope"] else 0.0
    if new_class.startswith("ZeroPadding") and "padding" not in config and "cropping" in config:
        config["padding"] = config.pop("cropping")
    if (
        new_class == "BatchNormalization"
        and isinstance(config.get("axis"), list)
        and len(config["axis"]) == 1
    ):
        config["axis"] = config["axis"][0]
    if new_class == "UpSampling1D" and isinstance(config.get("size"), list) and len(config["size"]) == 1:
        config["size"] = config["size"][0]
    if new_class.startswith("DepthwiseConv") and "kernel_size" not in config and "filters" in config:
        raise CannotRun("Its configuration does not say its kernel size.")
    if era.major < 3:
        for key in ("activation", "recurrent_activation"):
            value = config.get(key)
            if isinstance(value, dict) and value.get("class_name") == "function":
                value = value.get("config")
            if value == "hard_sigmoid":
                config[key] = KERAS2_HARD_SIGMOID
                if name not in era.old_hard_sigmoid:
                    era.old_hard_sigmoid.append(name)
    return new_class, config


def _thresholded(config: dict[str, Any]) -> dict[str, Any]:
    """Write a ThresholdedReLU as a ReLU: both give x where x > theta, else 0."""
    theta = config.pop("theta", 1.0)
    if isinstance(theta, bool) or not isinstance(theta, (int, float)) or not theta >= 0:
        raise CannotRun("A ThresholdedReLU runs with a threshold from 0 up only.")
    return {**config, "threshold": theta}


def _from_keras1(class_name: str, new_class: str, config: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    renamed: dict[str, Any] = {}
    for key, value in config.items():
        renamed[_RENAMED_IN_2.get(key, key)] = value
    config = renamed
    if "data_format" in config:
        config["data_format"] = _DATA_FORMATS.get(str(config["data_format"]), config["data_format"])
    if new_class in ("LSTM", "GRU", "SimpleRNN", "Dense", "TimeDistributed") and "output_dim" in config:
        config["units"] = config.pop("output_dim")
    if class_name in ("Convolution1D", "AtrousConvolution1D") or new_class == "Conv1D":
        config.setdefault("kernel_size", config.pop("filter_length", None))
    if "nb_row" in config:
        config["kernel_size"] = [config.pop("nb_row"), config.pop("nb_col", None)]
    if "kernel_dim1" in config:
        config["kernel_size"] = [config.pop(f"kernel_dim{n}", None) for n in (1, 2, 3)]
    if class_name == "Merge":
        mode = str(config.get("mode"))
        if mode not in _MERGE_CLASSES:
            raise CannotRun("It merges by a function of its own.")
        new_class = _MERGE_CLASSES[mode]
        config["axis"] = config.pop("concat_axis", -1)
        axes = config.pop("dot_axes", -1)
        # Keras 1 wrapped one axis per input into a list of its own each.
        config["axes"] = (
            [a[0] if isinstance(a, list) and a else a for a in axes] if isinstance(axes, list) else axes
        )
        config["normalize"] = mode == "cos"
        for key in ("output_shape", "output_mask", "arguments", "mode_type", "output_shape_type", "mode"):
            config.pop(key, None)
        if new_class != "Concatenate":
            config.pop("axis")
        if new_class != "Dot":
            config.pop("axes"), config.pop("normalize")
    if class_name == "TimeDistributedDense":
        inner: dict[str, Any] = {
            key: config[key] for key in ("units", "activation", "use_bias") if key in config
        }
        inner["name"] = f"{config.get('name', 'time_distributed_dense')}_dense"
        config["layer"] = {"class_name": "Dense", "config": inner}
    if new_class == "BatchNormalization" and config.get("mode", 0) not in (0, 2):
        raise CannotRun("It normalises each sample by itself, which Keras left out after version 1.")
    if new_class in ("Highway", "MaxoutDense", "SReLU", "ParametricSoftplus"):
        raise CannotRun(f"{new_class} was left out of Keras after version 1.")
    return new_class, config
