from __future__ import annotations

import numpy as np

from app.report import report_words
from lstm_viz.layers import LSTMLayer
from lstm_viz.plan import Plan
from lstm_viz.signals import NAMES, SIGNALS
from lstm_viz.trace import Trace


def recording(count: int, stateful: bool = False) -> Trace:
    plan = Plan(6, 4, 2, stateful)
    trace = Trace(plan, [LSTMLayer("memory", 3, 1)], [4], [])
    signals = np.random.default_rng(1).uniform(-2, 2, (count, 2, 6, 3)).astype(np.float32)
    trace.layers["memory"].write(0, signals, np.ones((count, 2), bool))
    trace.publish(count)
    return trace


def test_it_says_how_much_is_recorded_and_how() -> None:
    assert report_words(recording(5)).startswith(
        "Recorded 5 of 12 steps: 6 samples × 4 timesteps, batch size 2, each batch starts from zeros."
    )
    assert "state carried from batch to batch" in report_words(recording(5, stateful=True))


def test_each_signal_has_its_least_mean_and_greatest_value() -> None:
    trace = recording(12)
    lines = report_words(trace).splitlines()
    assert lines[1].startswith("memory: 3 units")
    for letter, line in zip(SIGNALS, lines[2:], strict=True):
        values = trace.layers["memory"].window(0, 0, 12, 12).values[SIGNALS.index(letter)]
        assert line.split()[0] == letter
        assert NAMES[letter] in line
        numbers = [float(word) for word in line.split()[-3:]]
        np.testing.assert_allclose(numbers, [values.min(), values.mean(), values.max()], atol=6e-4)


def test_nothing_recorded_is_said_without_numbers() -> None:
    words = report_words(recording(0))
    assert words.startswith("Recorded 0 of 12 steps")
    assert len(words.splitlines()) == 2
