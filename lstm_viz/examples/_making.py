"""What the scripts that make the examples share: training, saving, measuring, writing the metadata."""

from __future__ import annotations

import argparse
import json
import os
import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.dataset import Dataset, Shaping
from lstm_viz.examples._folder import examples_folder
from lstm_viz.interleave import order_for

ONCE_AN_EPOCH = {"each_batch": False, "each_epoch": True, "every": None}


def run_script(name: str, make: Callable[[Path], str], description: str | None) -> None:
    """Make one example from the command line and print its score.

    Parameters
    ----------
    name : str
        Of the example, which is also the name of its folder.
    make : callable
        Takes the folder, writes the example's files into it, returns the score in words.
    description : str or None
        For ``--help``.
    """
    parser = argparse.ArgumentParser(prog=f"python -m lstm_viz.examples.{name}", description=description)
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=examples_folder() / name,
        help="where to write model, data and example.json (default: %(default)s)",
    )
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    # Examples this small are trained faster on the CPU, and there they come out the same every time.
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    print(f"{folder}: {make(folder)}")
    if folder == parser.get_default("folder"):
        from lstm_viz.examples._readme import write_readme  # reads what was just written

        write_readme()


def seed_training(seed: int) -> None:
    """Make everything that Keras draws or sums from here on the same in every run.

    Parameters
    ----------
    seed : int
    """
    import keras
    import tensorflow as tf

    keras.backend.clear_session()  # the names of layers and weights start again from the same numbers
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def train(
    build: Callable[[], Any],
    inputs: NDArray[Any],
    targets: NDArray[Any],
    *,
    seed: int,
    epochs: int,
    batch_size: int,
    loss: str,
    rate: float = 0.02,
    start: Any = None,
    weights: NDArray[Any] | None = None,
) -> Any:
    """Train a model on ready-made samples, with a learning rate that falls along a cosine.

    Parameters
    ----------
    build : callable
        Returns an untrained keras.Model.
    inputs, targets : numpy.ndarray
        Samples first.
    seed, epochs, batch_size : int
    loss : str
        Keras's name of it.
    rate : float
        Learning rate at the start; 2 % of it is left at the end.
    start : keras.Model, optional
        With the same layers, to go on from its weights.
    weights : numpy.ndarray, optional
        How much each sample, or each of its timesteps, counts.

    Returns
    -------
    keras.Model
        Trained, not compiled.
    """
    import keras

    seed_training(seed)
    model = build()
    if start is not None:
        copy_weights(start, model)
    falling = keras.optimizers.schedules.CosineDecay(rate, epochs * len(inputs) // batch_size, alpha=0.02)
    model.compile(optimizer=keras.optimizers.Adam(falling, clipnorm=1.0), loss=loss)
    model.fit(inputs, targets, batch_size=batch_size, epochs=epochs, sample_weight=weights, verbose=0)
    return copy_weights(model, build())


def copy_weights(trained: Any, model: Any) -> Any:
    """Give a model the weights of another one with the same layers, and return it."""
    model.set_weights(trained.get_weights())
    return model


def save_model(model: Any, path: Path) -> None:
    """Save an uncompiled model as a ``.keras`` file whose bytes do not depend on the day.

    Parameters
    ----------
    model : keras.Model
        Not compiled, so that no optimizer is saved with it.
    path : pathlib.Path

    Notes
    -----
    Keras writes the date and addresses in memory into the archive; without them, making an example
    again on the same machine changes no file.
    """
    with TemporaryDirectory() as scratch:
        saved = Path(scratch) / "model.keras"
        model.save(saved)
        content = BytesIO()
        with zipfile.ZipFile(saved) as old, zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as new:
            for name in sorted(old.namelist()):
                data = old.read(name)
                if name.endswith(".json"):
                    data = json.dumps(_settled(json.loads(data), {})).encode()
                member = zipfile.ZipInfo(name)  # dated 1980-01-01, the archive format's earliest day
                member.compress_type = zipfile.ZIP_DEFLATED
                new.writestr(member, data)
    path.write_bytes(content.getvalue())


def _settled(value: Any, numbers: dict[int, int]) -> Any:
    """Leave the date out of Keras's configuration, and number its shared objects from zero."""
    if isinstance(value, list):
        return [_settled(each, numbers) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: numbers.setdefault(each, len(numbers)) if key == "shared_object_id" else _settled(each, numbers)
        for key, each in value.items()
        if key != "date_saved"
    }


def shaped(folder: Path, about: Mapping[str, Any]) -> Dataset:
    """Return the data that lie in the folder of an example, as it shapes them."""
    return Dataset.from_file(folder / about["data"], Shaping(**about["shaping"]))


def keras_outputs(model: Any, data: Dataset, settings: Mapping[str, Any]) -> NDArray[np.float32]:
    """Run a model over the samples as Keras itself does, a batch at a time.

    Parameters
    ----------
    model : keras.Model
        Built stateful if the settings are.
    data : Dataset
    settings : mapping
        ``batch_size``, ``stateful``, ``interleaved`` and ``padded`` of an example.

    Returns
    -------
    numpy.ndarray
        The model's output, samples first, in the order of the samples. Samples of different lengths are run
        one by one.
    """
    batch_size = settings["batch_size"]
    if data.lengths is not None and not settings.get("padded"):
        alone = [x[np.newaxis, :length] for x, length in zip(data.inputs[0], data.lengths, strict=True)]
        return np.concatenate([model.predict_on_batch(each) for each in alone])
    order = np.arange(data.samples)
    if settings.get("interleaved"):
        order = np.asarray(order_for(data, batch_size))
    stateful = [layer for layer in model.layers if getattr(layer, "stateful", False)]
    if settings["stateful"] and not stateful:
        raise ValueError(f"{model.name} was not built stateful")
    parts = []
    for batch in range(0, data.samples, batch_size):
        if batch == 0 or not settings["stateful"]:
            for layer in stateful:
                layer.reset_state()
        rows = order[batch : batch + batch_size]
        parts.append(model.predict_on_batch(data.inputs[0][rows]))
    outputs = np.empty_like(np.concatenate(parts))
    outputs[order] = np.concatenate(parts)
    return outputs


def write_example(
    folder: Path,
    about: Mapping[str, Any],
    models: Mapping[str, Any],
    score: Callable[[NDArray[np.float32], Dataset], dict[str, float]],
    more_scores: Mapping[str, float] | None = None,
) -> str:
    """Save the models, measure each on the data that lie in the folder, and write ``example.json``.

    Parameters
    ----------
    folder : pathlib.Path
        Of the example, with the data; its name is the example's name.
    about : mapping
        Fields of :class:`lstm_viz.examples.Example`: paths as file names inside the folder, ``score`` as
        a format string over the scores, ``alternatives`` as what each changes, by name.
    models : mapping of str to keras.Model
        By file name.
    score : callable
        Takes the outputs, samples first, and the data; returns the scores.
    more_scores : mapping of str to float, optional
        What does not follow from outputs and data, such as the score of a network to compare with.

    Returns
    -------
    str
        The score in words.
    """
    for name, model in models.items():
        save_model(model, folder / name)

    def measured(fields: Mapping[str, Any]) -> dict[str, Any]:
        data = shaped(folder, fields)
        model = models[fields["model"]]
        scores = {**score(keras_outputs(model, data, fields), data), **(more_scores or {})}
        return {
            "score": fields["score"].format(**scores),
            "scores": scores,
            "parameters": int(model.count_params()),
        }

    metadata = {**about, **measured(about)}
    if "alternatives" in about:
        metadata["alternatives"] = {
            name: {**changed, **measured({**about, **changed})}
            for name, changed in about["alternatives"].items()
        }
    text = json.dumps(metadata, indent=2, ensure_ascii=False)
    (folder / "example.json").write_text(text + "\n", encoding="utf-8")
    return str(metadata["score"])
