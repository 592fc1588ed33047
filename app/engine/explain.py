"""What the engine answers to Explain: what a unit's gates were made of, with names for what was fed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app.engine.messages import Explain, Explained
from lstm_viz.contributions import explain
from lstm_viz.errors import TraceError
from lstm_viz.signals import H

if TYPE_CHECKING:
    from app.engine.runs import Run
    from lstm_viz.dataset import Dataset
    from lstm_viz.stepper import Stepper


def explained(command: Explain, run: Run | None, dataset: Dataset | None) -> Explained:
    """Answer a command.

    Raises
    ------
    LstmVizError
        The step is not recorded, or the layer's input cannot be found out again.
    """
    if run is None or command.path not in run.stepper.trace.layers:
        raise TraceError(f"There is no recording of {command.path}.", "Open the model again.")
    found, x = explain(run.stepper, command.path, command.step, command.row, command.unit)
    names, source = _names(run.stepper, dataset, command, x)
    return Explained(command, found.inputs, found.recurrent, found.bias, names, source)


def _names(
    stepper: Stepper, dataset: Dataset | None, command: Explain, x: np.ndarray
) -> tuple[tuple[str, ...], str]:
    """Name what a layer was fed where it is the data themselves, or the h of another LSTM.

    Equal numbers say so: a layer in between that changes nothing does not matter.
    """
    layer, plan = stepper.trace.layers[command.path], stepper.plan
    if not x.any():
        return (), ""
    if dataset is not None and layer.timetable == plan.timetable:
        at = plan.position(command.step)
        sample = np.array([plan.sample(at.batch, command.row)])
        data = stepper.part(sample, slice(0, plan.timesteps_of(at.batch)))[0]
        if data.ndim == 3 and data.shape[2] == len(x):
            fed = data[0, at.timestep]
            if np.allclose(fed, x, rtol=1e-6, atol=0):
                return dataset.feature_names if len(dataset.feature_names) == len(x) else (), "input"
    for path, other in stepper.trace.layers.items():
        alike = other.layer.units == len(x) and other.timetable == layer.timetable and other is not layer
        if alike and np.allclose(other.values(command.step, command.row)[H], x, rtol=1e-6, atol=0):
            return (), path
    return (), ""
