"""A recording is opened without its model."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from app.engine.messages import (
    Advance,
    Compare,
    Compared,
    Configure,
    DataOpened,
    Discard,
    Event,
    Explain,
    Export,
    Failed,
    Open,
    Opened,
    Progress,
    RecordingOpened,
    RunSettings,
    Save,
    Saved,
)
from lstm_viz.layers import LSTMLayer
from lstm_viz.loading import load_model
from lstm_viz.plan import Plan
from lstm_viz.stepper import Stepper
from lstm_viz.trace import Trace
from lstm_viz.trace_opening import open_trace, unpack


@pytest.fixture(scope="module")
def made(files: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """One recording, of 11 steps of 18: in a folder, saved, and exported."""
    folder = tmp_path_factory.mktemp("recordings")
    with np.load(files.one_data) as arrays:
        stepper = Stepper(load_model(files.one), arrays["x"], batch_size=1, folder=folder / "run")
    stepper.run(until=11)
    stepper.trace.save(folder / "run.npz")
    stepper.trace.export(folder / "run.h5")
    return SimpleNamespace(
        folder=str(folder / "run"),
        header=str(folder / "run" / "header.json"),
        npz=str(folder / "run.npz"),
        h5=str(folder / "run.h5"),
        trace=stepper.trace,
    )


def assert_shown(event: Event, made: SimpleNamespace) -> Trace:
    assert isinstance(event, RecordingOpened), event
    trace = open_trace(event.recording)
    assert trace.folder is not None  # mapped
    assert trace.count == 11
    np.testing.assert_array_equal(trace.layers["memory"].f, made.trace.layers["memory"].f)
    np.testing.assert_array_equal(trace.outputs[0], made.trace.outputs[0])
    return trace


def test_a_folder_is_mapped_where_it_lies(engine: Any, made: SimpleNamespace) -> None:
    event = engine.ask(Open(1, trace=made.folder))
    assert event == RecordingOpened(1, made.folder, made.folder)
    assert_shown(event, made)
    assert engine.session.folders() == frozenset()


@pytest.mark.parametrize("kind", ["npz", "h5"])
def test_a_file_is_unpacked_where_the_window_can_map_it(
    engine: Any, made: SimpleNamespace, kind: str
) -> None:
    path = getattr(made, kind)
    event = engine.ask(Open(1, trace=path))
    assert event.path == path
    assert engine.session.folders() == {event.recording}
    assert_shown(event, made)


def test_neither_needs_tensorflow(engine: Any, made: SimpleNamespace) -> None:
    engine.ask(Open(1, trace=made.npz))
    assert not engine.loop.ready


@pytest.mark.parametrize(
    "named", [{"model": "npz"}, {"data": "npz"}, {"model": "folder"}, {"model": "header"}, {"data": "header"}]
)
def test_a_recording_is_known_where_a_model_or_data_are_expected(
    engine: Any, made: SimpleNamespace, named: dict[str, str]
) -> None:
    event = engine.ask(Open(1, **{what: getattr(made, kind) for what, kind in named.items()}))
    assert_shown(event, made)


def test_a_model_is_not_read_to_find_out_whether_it_is_a_recording(
    engine: Any, made: SimpleNamespace
) -> None:
    event = engine.ask(Open(1, model=made.h5))
    assert isinstance(event, Failed)
    assert "run.h5" in event.message


def test_a_recording_and_data_to_run_are_refused(engine: Any, made: SimpleNamespace, files: Any) -> None:
    event = engine.ask(Open(1, model=made.npz, data=files.one_data))
    assert isinstance(event, Failed)
    assert "recording without its model" in event.message


def test_a_recording_is_saved_and_exported_again(engine: Any, made: SimpleNamespace, tmp_path: Path) -> None:
    engine.ask(Open(1, trace=made.npz))
    assert isinstance(engine.ask(Save(2, str(tmp_path / "again.npz"))), Saved)
    assert isinstance(engine.ask(Export(3, str(tmp_path / "again.h5"), "hdf5")), Saved)
    for path in (tmp_path / "again.npz", tmp_path / "again.h5"):
        again = open_trace(path).layers["memory"]
        np.testing.assert_array_equal(again.o, made.trace.layers["memory"].o)


def test_what_needs_the_model_is_refused(engine: Any, made: SimpleNamespace) -> None:
    engine.ask(Open(1, trace=made.npz))
    for command in (Configure(2, RunSettings()), Advance(3, 12), Explain(4, "memory", 0, 0, 0)):
        assert isinstance(engine.ask(command), Failed)
    assert engine.compute() == []


def test_nothing_that_was_open_before_stays_and_a_model_opens_as_ever(
    opened: Any, made: SimpleNamespace, files: SimpleNamespace
) -> None:
    before = next(event for event in reversed(opened.said) if isinstance(event, Opened))
    opened.ask(Open(2, trace=made.npz))
    opened.tell(Discard((before.data_folder, before.recording)))
    assert not Path(before.recording).exists()
    waiting = opened.ask(Open(3, data=files.one_data))
    assert isinstance(waiting, DataOpened)
    assert waiting.wait_for_model
    event = opened.ask(Open(4, model=files.one))
    assert isinstance(event, Opened)
    assert event.plan.samples == files.samples
    assert open_trace(event.recording).count == 0


def test_a_comparison_ends_with_the_run(opened: Any, made: SimpleNamespace, files: SimpleNamespace) -> None:
    assert isinstance(opened.ask(Compare(2, RunSettings(stateful=True))), Compared)
    *_, shown, ended = opened.tell(Open(3, trace=made.folder))
    assert isinstance(shown, RecordingOpened)
    assert ended == Compared(3, None, None, None, None, "")
    opened.ask(Open(4, model=files.one, data=files.one_data))


def test_the_recording_that_is_shown_is_not_discarded(engine: Any, made: SimpleNamespace) -> None:
    event = engine.ask(Open(1, trace=made.npz))
    engine.ask_nothing(Discard((event.recording, made.folder)))
    assert Path(event.recording).exists()
    assert Path(made.folder).exists()


def test_a_new_engine_finds_what_was_unpacked(engine: Any, another: Any, made: SimpleNamespace) -> None:
    first = engine.ask(Open(1, trace=made.npz))
    again = another.ask(Open(2, trace=made.npz, recording=first.recording))
    assert again == RecordingOpened(2, made.npz, first.recording)
    assert not any(isinstance(event, Progress) for event in another.said)


@pytest.fixture
def another(engine: Any) -> Any:
    return type(engine)(engine.session)


def test_an_opening_that_is_given_up_leaves_nothing(
    engine: Any, made: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.engine.opening._PROGRESS_SECONDS", -1.0)
    engine.newer = lambda command: any(isinstance(event, Progress) for event in engine.said)
    (told,) = engine.tell(Open(1, trace=made.npz))
    assert isinstance(told, Progress)
    assert told.text == "Opening run.npz…"
    assert engine.session.folders() == frozenset()


@pytest.mark.parametrize("part", ["layer0/signals/000000.npy", "layer0/mask", "header.json", "state.npy"])
def test_a_folder_that_lacks_something_is_refused(
    engine: Any, made: SimpleNamespace, tmp_path: Path, part: str
) -> None:
    folder = tmp_path / "copied"
    shutil.copytree(made.folder, folder)
    shutil.rmtree(folder / part) if (folder / part).is_dir() else (folder / part).unlink()
    event = engine.ask(Open(1, trace=str(folder)))
    assert isinstance(event, Failed)
    assert event.command == "Open"


def test_a_folder_that_lacks_what_only_wide_views_read_is_refused(engine: Any, tmp_path: Path) -> None:
    trace = Trace(Plan(1, 5000), [LSTMLayer("lstm", 2, 1)], [5000], [])
    trace.layers["lstm"].write(0, np.zeros((5000, 1, 6, 2), np.float32), np.ones((5000, 1), bool))
    trace.layers["lstm"].write_initial(0, np.zeros((1, 2, 2), np.float32))
    trace.publish(5000)
    unpack(trace, tmp_path / "run")
    assert isinstance(engine.ask(Open(1, trace=str(tmp_path / "run"))), RecordingOpened)
    for level in list((tmp_path / "run").rglob("merged*")):
        shutil.rmtree(level)
    assert isinstance(engine.ask(Open(2, trace=str(tmp_path / "run"))), Failed)


def test_too_little_room_is_said_before_anything_is_written(
    engine: Any, made: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(engine.session), "room", lambda self: 10)
    event = engine.ask(Open(1, trace=made.npz))
    assert isinstance(event, Failed)
    assert event.missing == "room"
    assert engine.session.folders() == frozenset()
