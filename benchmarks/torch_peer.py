"""Print the median milliseconds of ``torch.nn.LSTM`` for a batch, timesteps, features and units.

Run by recording.py in a process of its own: torch and TensorFlow would share threads and libraries otherwise.
"""

from __future__ import annotations

import statistics
import sys
import time

import torch


def main() -> None:
    """Time it."""
    batch, timesteps, features, units = map(int, sys.argv[1:])
    lstm = torch.nn.LSTM(features, units, batch_first=True)
    x = torch.randn(batch, timesteps, features)
    times = []
    with torch.inference_mode():
        for _ in range(15):
            started = time.perf_counter()
            lstm(x)
            times.append(1e3 * (time.perf_counter() - started))
    print(statistics.median(times[3:]))


if __name__ == "__main__":
    main()
