"""Settings that are asked for: whether a run is possible under them, and what would make it so. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from app.run_plan import RunSettings, own_lengths, plan_of
from lstm_viz.batching import common_divisor
from lstm_viz.dataset import Dataset
from lstm_viz.errors import PlanError
from lstm_viz.plan import Plan, ResetPoint, Resets, nearest_batch_sizes

Change = dict[str, Any]  # fields of the settings that are to be replaced


@dataclass(frozen=True)
class WantedRun:
    """Settings that are asked for while others hold.

    Parameters
    ----------
    held, wanted : RunSettings
    dataset : Dataset
        The whole data, before a remainder is dropped.
    timesteps : int
        Of the run.
    """

    held: RunSettings
    wanted: RunSettings
    dataset: Dataset
    timesteps: int

    def plan(self, settings: RunSettings | None = None, ordered: bool = False) -> Plan:
        """Return the plan of the settings that are wanted, or of others; PlanError where there is none."""
        return plan_of(self.dataset, self.timesteps, settings or self.wanted, ordered)

    def possible(self, change: Change) -> bool:
        """Whether there is a run of the wanted settings with a change."""
        try:
            self.plan(replace(self.wanted, **change))
        except PlanError:
            return False
        return True

    @property
    def divided(self) -> int:
        """What a batch size has to divide for all batches to be full."""
        return common_divisor(self.dataset.samples, own_lengths(self.dataset, self.wanted))

    def resized(self, size: int) -> Change:
        """Return what another batch size changes.

        To drop a remainder is a decision for one batch size, not for the next one. Reset points stay with
        their samples: they are taken from what holds, not from what was refused in between.
        """
        at: tuple[ResetPoint, ...] = ()
        if not self.held.interleaved:  # there, which samples lie together changes with the size
            at = self.plan(self.held).resets_for_batch_size(size).at
        resets = replace(self.wanted.resets, at=at)
        return {"batch_size": size, "drop_remainder": False, "resets": resets}

    def with_size(self, size: int) -> WantedRun:
        """Return the same with another batch size wanted."""
        return replace(self, wanted=replace(self.wanted, **self.resized(size)))

    def ways_to_divide(self) -> list[tuple[str, Change]]:
        """Return changes, each in words, under which the batches would be full."""
        size, divided = self.wanted.batch_size, self.divided
        left = divided % size
        if not left:
            return []
        offered = [(f"Use {other}", self.resized(other)) for other in nearest_batch_sizes(divided, size)]
        if own_lengths(self.dataset, self.wanted) is not None:
            offered.append(("Run them padded", {"batch_size": size, "padded": True}))
        else:
            drop = f"Drop the last {left} samples" if left > 1 else "Drop the last sample"
            whole = self._inside(self.dataset.samples // size)
            offered.append((drop, {"batch_size": size, "drop_remainder": True, "resets": whole}))
        return [(text, change) for text, change in offered if self.possible(change)]

    def ways_out(self, size_is_wrong: bool) -> list[tuple[str, Change]]:
        """Return changes, each in words, under which a run would be possible."""
        offered = self.ways_to_divide() if size_is_wrong else []
        inside = self._inside(self._batches())
        outside = len(self.wanted.resets.at) - len(inside.at)
        offered.append((f"Remove {outside} reset point{'s' * (outside != 1)}", {"resets": inside}))
        names = ("batch_size", "stateful", "resets", "epochs", "drop_remainder", "padded")
        offered.append(("Take it back", {name: getattr(self.held, name) for name in names}))
        return [(text, change) for text, change in offered if self.possible(change)]

    def _batches(self) -> int:
        """Return how many batches the wanted settings would make of the data."""
        free = replace(self.wanted, stateful=False, interleaved=False, resets=Resets(), epochs=1)
        size = min(self.wanted.batch_size, self.dataset.samples)
        return self.plan(replace(free, batch_size=size, drop_remainder=False)).batches

    def _inside(self, batches: int) -> Resets:
        """Return the resets without the points that lie outside so many batches, or the epochs."""
        points, epochs = self.wanted.resets.at, self.wanted.epochs
        at = (point for point in points if point.batch < batches and (point.epoch or 0) < epochs)
        return replace(self.wanted.resets, at=tuple(at))
