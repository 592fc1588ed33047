from __future__ import annotations

import numpy as np
import pytest

from app.report import report_words
from lstm_viz.layers import LSTMLayer
from lstm_viz.plan import Plan
from lstm_viz.signals import NAMES, SIGNALS
from lstm_viz.trace import Trace


def recording(count: int, stateful: bool = False, samples: int = 6, timesteps: int = 4) -> Trace:
    """Make a recording whose rows differ, in which some timesteps were masked."""
    plan = Plan(samples, timesteps, 2, stateful)
    trace = Trace(plan, [LSTMLayer("memory", 3, 1)], [timesteps], [])
    random = np.random.default_rng(1)
    signals = random.uniform(-2, 2, (count, 2, 6, 3)).astype(np.float32)
    signals[:, 1] += 5
    mask = random.random((count, 2)) < 0.7
    signals[~mask, :4] = np.nan
    trace.layers["memory"].write(0, signals, mask)
    trace.publish(count)
    return trace


def test_it_says_how_much_is_recorded_and_how() -> None:
    assert report_words(recording(5)).startswith(
        "Recorded 5 of 12 steps: 6 samples × 4 timesteps, batch size 2, each batch starts from zeros."
    )
    assert "state carried from batch to batch" in report_words(recording(5, stateful=True))
    trace = Trace(Plan(6, 4, 2, epochs=3), [LSTMLayer("memory", 3, 1)], [4], [])
    assert "0 of 36 steps: 6 samples × 4 timesteps × 3 epochs, batch size 2" in report_words(trace)


@pytest.mark.parametrize("samples", [6, 5], ids=["full batches", "a smaller last one"])
@pytest.mark.parametrize("timesteps", [4, 20_000])
def test_each_signal_has_its_least_mean_and_greatest_value_over_all_rows(
    samples: int, timesteps: int
) -> None:
    trace = recording(3 * timesteps, samples=samples, timesteps=timesteps)
    if samples == 5:
        lacking = np.full((timesteps, 1, 6, 3), np.nan)
        trace.layers["memory"].write(2 * timesteps, lacking, np.zeros((timesteps, 1), bool))
    lines = report_words(trace).splitlines()
    assert lines[1].startswith("memory: 3 units")
    layer = trace.layers["memory"]
    for letter, line in zip(SIGNALS, lines[2:], strict=True):
        values = layer.signal(letter).astype(np.float64)
        assert line.split()[0] == letter
        assert NAMES[letter] in line
        numbers = [float(word) for word in line.split()[-3:]]
        wanted = [np.nanmin(values), np.nanmean(values), np.nanmax(values)]
        np.testing.assert_allclose(numbers, wanted, rtol=0, atol=6e-4)


def test_a_signal_that_was_never_computed_has_no_numbers() -> None:
    trace = Trace(Plan(1, 4), [LSTMLayer("memory", 3, 1)], [4], [])
    signals = np.zeros((4, 1, 6, 3), np.float32)
    signals[:, :, :4] = np.nan
    trace.layers["memory"].write(0, signals, np.zeros((4, 1), bool))
    trace.publish(4)
    assert [line.split()[0] for line in report_words(trace).splitlines()[2:]] == ["c", "h"]


def test_one_timestep_is_one() -> None:
    assert "6 samples × 1 timestep, " in report_words(recording(0, timesteps=1))


def test_nothing_recorded_is_said_without_numbers() -> None:
    words = report_words(recording(0))
    assert words.startswith("Recorded 0 of 12 steps")
    assert len(words.splitlines()) == 2


def test_samples_of_different_lengths_are_named_by_the_shortest_and_the_longest() -> None:
    plan = Plan(3, 9, lengths=(4, 9, 2))
    trace = Trace(plan, [LSTMLayer("memory", 3, 1)], [{2: 2, 4: 4, 9: 9}], [])
    assert "3 samples × 2 … 9 timesteps" in report_words(trace)
