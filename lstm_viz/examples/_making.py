"""What the scripts that make the examples share: seeding, saving, writing the metadata."""

from __future__ import annotations

import argparse
import json
import os
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lstm_viz.examples._folder import examples_folder


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


def write_metadata(folder: Path, **metadata: Any) -> None:
    """Write ``example.json``, which :func:`lstm_viz.examples.read_example` reads.

    Parameters
    ----------
    folder : pathlib.Path
        Of the example; its name is the example's name.
    **metadata
        The fields of :class:`lstm_viz.examples.Example`, paths as file names inside the folder.
    """
    text = json.dumps(metadata, indent=2, ensure_ascii=False)
    (folder / "example.json").write_text(text + "\n", encoding="utf-8")
