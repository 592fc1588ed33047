"""Damage saved models at random and open them: nothing but LoadError may come of it.

    python benchmarks/fuzz_loading.py --bytes 10000 --configs 10000

Byte mutations go through the confined child, one process each; configuration mutations go through checking,
building and matching in this process. The closing lines give counts, the slowest case (in processor time, as
a busy machine would count against the program otherwise) and the largest growth of memory; the exit status is
1 if any other exception, or a case over the limit of time or memory, was seen.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import random
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

ODD_VALUES: list[Any] = [
    *(None, True, False, -1, 0, 1, 2, 7, 10**9, 2**31, 10**30, 0.5, -1e308, float("nan"), float("inf")),
    *("", "x", "x" * 5000, "LSTM", "Lambda", "a/b", "\x00", "../..", "hard_sigmoid", "float16", "concat"),
    *(
        [],
        {},
        [[]],
        [None],
        [-1, 0],
        [None, None, None],
        {"class_name": "LSTM", "config": {}},
        [["x", 0, 0, {}]],
    ),
]
TOO_LONG = 2.0
TOO_MUCH = 50 << 20


def mutated_bytes(data: bytes, rng: random.Random) -> bytes:
    """Return ``data`` with a few bytes changed, cut, doubled or moved, most of them near the beginning."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        if not changed:
            break
        reach = rng.choice((len(changed), len(changed), min(len(changed), 4096), min(len(changed), 256)))
        at = rng.randrange(reach)
        kind = rng.randrange(7)
        if kind == 0:
            changed[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            changed[at] = rng.randrange(256)
        elif kind == 2:
            changed[at : at + 8] = rng.choice((b"\xff" * 8, b"\x00" * 8, b"\x01" + b"\x00" * 7))
        elif kind == 3:
            del changed[at : at + rng.choice((1, 8, 512))]
        elif kind == 4:
            other = rng.randrange(len(changed))
            changed[at : at + 16] = changed[other : other + 16]
        elif kind == 5:
            changed[at:at] = bytes(rng.randrange(256) for _ in range(rng.choice((1, 8))))
        elif rng.random() < 0.2:
            del changed[at:]
    return bytes(changed)


def mutated_config(config: Any, rng: random.Random) -> Any:
    """Return ``config`` with a few of its values replaced, removed, doubled, exchanged or renamed."""
    changed = copy.deepcopy(config)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        places = list(_places(changed))
        if not places:
            break
        parent, key = rng.choice(places)
        other_parent, other_key = rng.choice(places)
        kind = rng.randrange(6)
        if kind <= 2:
            parent[key] = copy.deepcopy(rng.choice(ODD_VALUES))
        elif kind == 3:
            del parent[key]
        elif kind == 4:
            parent[key] = copy.deepcopy(other_parent[other_key])
        elif isinstance(parent, list):
            parent.insert(key, copy.deepcopy(parent[key]))
        else:
            parent[rng.choice(("name", "units", "class_name", "config", "axis", "zzz"))] = parent.pop(key)
    return changed


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every (container, key) in nested lists and dictionaries."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        yield value, key
        yield from _places(item)


def open_config(config: Any, raw: Any) -> str:
    """Check, build and match a configuration as opening a file does; return how it ended."""
    from lstm_viz.loading.build import build_model, without_values
    from lstm_viz.loading.config import model_spec
    from lstm_viz.loading.migrate import era_of
    from lstm_viz.loading.opening import check_plausible, complete_input_shape
    from lstm_viz.loading.spec import ConfigError
    from lstm_viz.loading.weights import check_shapes, match_weights

    era = era_of(raw.keras_version, config)
    try:
        spec = model_spec(config, era)
        complete_input_shape(spec, raw)
        check_plausible(spec, raw)
        with without_values():
            built = build_model(spec)
            check_shapes(match_weights(spec, built.layers, raw, era))
    except ConfigError:
        return "refused"
    return "opened"


def open_file(path: Path) -> str:
    """Open a file; return how it ended."""
    from lstm_viz.errors import LoadError
    from lstm_viz.loading import load_model

    try:
        load_model(path)
    except LoadError as error:
        if "not foreseen" in error.message:
            raise RuntimeError(error.details) from error
        return "given up" if "given up" in error.message else "refused"
    return "opened"


def example_files(folder: Path) -> list[Path]:
    """Save a few small models in both formats of Keras 3."""
    import keras
    from keras import layers

    source = layers.Input((5, 3))
    hidden = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(source)
    _, h, c = layers.LSTM(3, return_state=True)(hidden)
    joined = layers.Concatenate()([h, layers.RNN([layers.LSTMCell(3), layers.LSTMCell(2)])(hidden), c])
    graph = keras.Model(source, layers.Dense(2)(joined))
    row = keras.Sequential(
        [layers.Input((6,)), layers.Embedding(9, 4, mask_zero=True), layers.LSTM(4), layers.Dense(1)]
    )
    paths = []
    for name, model in (("graph", graph), ("row", row)):
        for suffix in (".h5", ".keras"):
            model.save(folder / f"{name}{suffix}")
            paths.append(folder / f"{name}{suffix}")
    return paths


def peak_memory() -> int:
    """Bytes that this process has held at most, since the start or the last :func:`forget_peak`."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM")), 0)


def forget_peak() -> int:
    """Begin measuring the peak anew (Linux); return the bytes held now."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return 0
    return peak_memory()


def seconds_spent() -> float:
    """Seconds of processor time of this process and of the children that ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


class Tally:
    """Counts, the slowest case, the largest growth, and what went wrong."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.counts: Counter[str] = Counter()
        self.slowest = 0.0
        self.growth = 0
        self.failures: list[str] = []

    def case(self, seed: int, run: Callable[[], str]) -> None:
        """Run one case and keep how it ended."""
        before, started = forget_peak(), seconds_spent()
        try:
            self.counts[run()] += 1
        except Exception:
            self.failures.append(f"{self.name}, seed {seed}:\n{traceback.format_exc()}")
        taken, grown = seconds_spent() - started, peak_memory() - before
        self.slowest, self.growth = max(self.slowest, taken), max(self.growth, grown)
        if taken > TOO_LONG or grown > TOO_MUCH:
            self.counts[f"over {TOO_LONG} s" if taken > TOO_LONG else "over 50 MiB"] += 1
            print(f"  {self.name}, seed {seed}: {taken:.2f} s, {grown >> 20} MiB", flush=True)

    def __str__(self) -> str:
        ended = ", ".join(f"{count:,} {how}" for how, count in sorted(self.counts.items()))
        return (
            f"{self.name}: {ended or 'none'}; {len(self.failures)} other exceptions; "
            f"slowest {self.slowest:.2f} s of processor time, largest growth {self.growth / 2**20:.0f} MiB"
        )


def fuzz_bytes(paths: list[Path], count: int, seed: int) -> Tally:
    """Open ``count`` files with mutated bytes."""
    tally = Tally("bytes")
    originals = [(path, path.read_bytes()) for path in paths if path.is_file()]
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            rng = random.Random(seed + number)
            path, data = rng.choice(originals)
            target = Path(folder) / f"mutated{path.suffix}"
            target.write_bytes(mutated_bytes(data, rng))
            tally.case(seed + number, lambda target=target: open_file(target))
    return tally


def fuzz_configs(paths: list[Path], count: int, seed: int) -> Tally:
    """Open ``count`` mutated configurations."""
    import keras

    from lstm_viz.loading.confine import open_confined

    tally = Tally("configurations")
    originals = []
    for path in paths:
        with open_confined(path) as raw:
            originals.append(raw)
    for number in range(count):
        rng = random.Random(seed + number)
        raw = rng.choice(originals)
        config = json.loads(json.dumps(mutated_config(raw.config, rng)))
        tally.case(seed + number, lambda config=config, raw=raw: open_config(config, raw))
        if number % 200 == 199:
            keras.backend.clear_session()
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bytes", type=int, default=10_000)
    parser.add_argument("--configs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("files", nargs="*", type=Path, help="models to damage; by default four small ones")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = args.files or example_files(Path(folder))
        tallies = [fuzz_configs(paths, args.configs, args.seed), fuzz_bytes(paths, args.bytes, args.seed)]
    for tally in tallies:
        for failure in tally.failures[:20]:
            print(failure)
    for tally in tallies:
        print(tally)
    bad = any(tally.failures or any(how.startswith("over") for how in tally.counts) for tally in tallies)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))
    sys.exit(main())
