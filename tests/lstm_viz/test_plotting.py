"""Figures of a recording, held against the recording."""

import sys
from collections.abc import Iterator

import numpy as np
import pytest

from lstm_viz import LSTMLayer, Plan, ResetPoint, Resets, Trace, plot_gates
from lstm_viz.errors import LstmVizError, TraceError
from lstm_viz.signals import NAMES, SIGNALS


@pytest.fixture(autouse=True)
def _no_figure_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("MPLBACKEND", "agg")
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot

    yield
    pyplot.close("all")


def made_up(samples: int = 4, timesteps: int = 5) -> Trace:
    resets = Resets(at=(ResetPoint(1, 2, (1,)),) if samples > 2 else ())
    plan = Plan(samples, timesteps, 2, stateful=True, resets=resets)
    trace = Trace(plan, [LSTMLayer("first", 3, 1), LSTMLayer("second", 2, 3)], [timesteps] * 2, [])
    rng = np.random.default_rng(3)
    for layer in trace.layers.values():
        steps, units = layer.steps, layer.layer.units
        layer.write(0, rng.normal(size=(steps, 2, 6, units)), np.ones((steps, 2), bool))
    trace.publish(len(plan))
    return trace


def test_each_signal_is_drawn_as_it_was_recorded() -> None:
    trace = made_up()
    figure = plot_gates(trace, "second", row=1)
    images = [axes.images[0] for axes in figure.axes if axes.images]
    assert len(images) == 6
    wanted = trace.layers["second"].window(1, 0, 10, 10).values
    for name, image, values in zip(SIGNALS, images, wanted, strict=True):
        np.testing.assert_array_equal(image.get_array(), values)
        assert image.get_extent() == [-0.5, 9.5, 1.5, -0.5]
        assert image.axes.get_ylabel() == f"{name}\n{NAMES[name]}"
        low, high = image.get_clim()
        assert (low, high) == (0, 1) if name in "ifo" else low == -high == -np.abs(values).max()
    assert figure.get_suptitle() == "second · row 1"


def test_part_of_a_run_and_of_the_signals_can_be_chosen() -> None:
    trace = made_up()
    figure = plot_gates(trace, steps=(3, 7), signals="fc")
    images = [axes.images[0] for axes in figure.axes if axes.images]
    wanted = trace.layers["first"].window(0, 3, 7, 10).values
    np.testing.assert_array_equal(images[0].get_array(), wanted[1])
    np.testing.assert_array_equal(images[1].get_array(), wanted[4])
    assert figure.axes[0].get_xlim() == (2.5, 6.5)


@pytest.mark.parametrize(
    ("row", "wanted"), [(0, {-0.5: "--", 4.5: "-"}), (1, {-0.5: "--", 4.5: "-", 6.5: "--"})]
)
def test_borders_of_batches_are_solid_and_resets_of_the_row_dashed(
    row: int, wanted: dict[float, str]
) -> None:
    figure = plot_gates(made_up(), row=row, signals="f")
    lines = {line.get_xdata()[0]: line.get_linestyle() for line in figure.axes[0].lines}
    assert lines == wanted


def test_a_long_run_is_merged() -> None:
    figure = plot_gates(made_up(2, 5000), signals="h")
    image = figure.axes[0].images[0]
    assert image.get_array().shape[1] <= 2000
    assert image.get_extent()[1] >= 4999.5


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"layer": "third"}, "no layer 'third'"),
        ({"row": 2}, "no row 2"),
        ({"signals": "fz"}, "no signal 'z'"),
        ({"signals": ""}, "no signal ''"),
        ({"steps": (5, 11)}, "Steps 5 to 11 are not recorded"),
    ],
)
def test_what_is_not_there_is_refused(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(TraceError, match=words) as refused:
        plot_gates(made_up(), **wrong)
    assert refused.value.hint


def test_nothing_recorded_is_nothing_to_draw() -> None:
    with pytest.raises(TraceError, match="Nothing is recorded"):
        plot_gates(Trace(Plan(4, 5), [LSTMLayer("lstm", 3, 1)], [5], []))


def test_without_matplotlib_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(LstmVizError, match="matplotlib") as refused:
        plot_gates(made_up())
    assert "pip install 'lstm-viz[notebook]'" in refused.value.hint
