"""What the engine does with commands: an ordinary class, the same in its process and in a test."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from app.engine.comparing import Comparing
from app.engine.computing import Computing
from app.engine.describe import change_text, model_info, settings_to_open
from app.engine.explain import explained
from app.engine.failures import failed
from app.engine.generating import feedback_of, generating_run
from app.engine.messages import (
    Advance,
    Cancel,
    Cancelled,
    Command,
    Compare,
    Configure,
    Configured,
    DataOpened,
    Discard,
    Event,
    Explain,
    Export,
    Generate,
    Generated,
    Open,
    Opened,
    Pause,
    RecordingOpened,
    Reshape,
    Save,
    Saved,
    Stop,
)
from app.engine.opening import Opener, Superseded
from app.engine.recordings import mapped, recording_asked_for
from app.engine.runs import (
    OpenData,
    OpenModel,
    Run,
    new_run,
    removed_on_failure,
    run_that_goes_on,
    same_sizes,
    warm_up,
)
from app.engine.session_folder import SessionFolder
from app.run_plan import GenerationSettings, plan_of
from lstm_viz.errors import DataError, PlanError, TraceError
from lstm_viz.examples import Example, example
from lstm_viz.trace import Trace
from lstm_viz.trace_opening import remove_recording


class EngineLoop:
    """Opens, configures and steps, one command at a time; a command that fails changes nothing.

    Parameters
    ----------
    session : SessionFolder
        Where data and recordings are kept.
    emit : callable
        Called with every event.
    superseded : callable or None
        Called now and then during slow work with the command that is being done; whether a newer one
        makes that useless. It is then given up without an answer.
    """

    def __init__(
        self,
        session: SessionFolder,
        emit: Callable[[Event], None],
        superseded: Callable[[Command], bool] | None = None,
    ) -> None:
        self._session = session
        self._emit = emit
        self._opener = Opener(session, emit, superseded or (lambda command: False))
        self._example: Example | None = None
        self._data: OpenData | None = None
        self._model: OpenModel | None = None
        self._run: Run | None = None
        # While a run makes its own inputs: the data and the run that it began with.
        self._source: tuple[OpenData, Run] | None = None
        self._recording: Trace | None = None  # that is open without its model
        self._comparing = Comparing(session, self._opener, emit)
        self._computing = Computing(session, self._comparing, emit)

    # -- what the process calls ---------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """Whether TensorFlow is imported."""
        return self._opener.ready

    def import_tensorflow(self) -> None:
        """Import TensorFlow and Keras, which takes seconds; does nothing the second time."""
        self._opener.import_tensorflow()

    def handle(self, command: Command) -> None:
        """Do what a command asks; emits its answer, or Failed."""
        try:
            self._opener.check_wanted(command)
            match command:
                case Open():
                    self._open(command)
                case Reshape():
                    self._reshape(command)
                case Configure():
                    self._configure(command)
                case Advance():
                    self._advance(command)
                case Pause():
                    self._computing.pause()
                case Cancel():
                    self._computing.pause()
                    self._emit(Cancelled(command.generation))
                case Save():
                    self._save(command)
                case Export():
                    self._export(command)
                case Compare():
                    self._compare(command)
                case Explain():
                    dataset = None if self._data is None else self._data.dataset
                    self._emit(explained(command, self._run, dataset))
                case Generate():
                    self._generate(command)
                case Discard():
                    self._discard(command)
                case Stop():
                    pass
        except Superseded:
            return
        except Exception as error:
            generation = getattr(command, "generation", 0)
            self._emit(failed(generation, type(command).__name__, error))

    def work(self) -> bool:
        """Compute for a moment towards what was asked for.

        Returns
        -------
        bool
            Whether there is more to compute.
        """
        return self._run is not None and self._computing.work(self._run)

    # -- opening ------------------------------------------------------------------------------------

    def _open(self, command: Open) -> None:
        recording = recording_asked_for(command)
        if recording is not None:
            self._open_recording(command, recording)
            return
        if command.example is None and command.model is None and command.data is None:
            raise DataError("Nothing was chosen to be opened.", "Choose a model, data, or an example.")
        chosen = example(command.example) if command.example is not None else None
        data = self._opener.read_data(command, chosen)
        model_path = command.model or (str(chosen.model_path) if chosen is not None else None)
        if model_path is not None:
            model = self._opener.load_model(command, model_path)
        elif self._model is not None:
            model = self._model
        else:  # data alone, and no model yet
            assert data is not None
            self._data = data
            self._emit(DataOpened(command.generation, str(data.folder), wait_for_model=True))
            return
        self._opener.check_wanted(command)
        fitted = self._opener.fitted(command, chosen, model, data, self._source_data)
        before = None if model_path is not None or self._run is None else self._source_run(self._run).settings
        settings = command.settings or settings_to_open(chosen, model, fitted.dataset, before)
        generated = command.generated
        recording = command.recording if generated is None else generated.recording
        kept = None
        if recording is not None:
            kept = run_that_goes_on(model, fitted, settings, Path(recording))
        run = kept or new_run(model, fitted, settings, self._session)
        if generated is None:
            self._adopt(command.generation, chosen, model, fitted, run)
            return
        with removed_on_failure(run.folder) if kept is None else nullcontext():
            made = generating_run(
                model,
                fitted,
                settings,
                generated.wanted,
                self._session,
                command.recording,
                generated.settings,
            )
        self._adopt_generated(command.generation, chosen, model, (fitted, run), generated.wanted, made)

    def _open_recording(self, command: Open, path: str) -> None:
        """Have a recording alone: what was open before would run beside it without being seen."""
        report = self._opener.reporter(command, f"Opening {Path(path).name}…")
        before = None if command.recording is None else Path(command.recording)
        trace = mapped(Path(path), self._session, report, before)
        self._example = self._model = self._data = self._run = self._source = None
        self._recording = trace
        self._computing.aim(0, command.generation)
        self._emit(RecordingOpened(command.generation, path, str(trace.folder)))
        if self._comparing.second is not None:
            self._comparing.end(command.generation, "")

    def _reshape(self, command: Reshape) -> None:
        source = self._source_data
        if source is None:
            raise DataError("There are no data to be cut anew.", "Open data first.")
        dataset = source.dataset.reshaped(command.shaping)
        if self._model is None:
            self._data = self._opener.keep(command, dataset, source.file)
            self._emit(DataOpened(command.generation, str(self._data.folder), wait_for_model=True))
            return
        probe = self._model.probe
        dataset.check(probe.input_shapes, probe.input_names, probe.token_inputs)
        data = self._opener.keep(command, dataset, source.file, source.stand_in)
        run_before = self._run and self._source_run(self._run)
        settings = settings_to_open(None, self._model, dataset, run_before and run_before.settings)
        run = new_run(self._model, data, settings, self._session)
        self._adopt(command.generation, self._example, self._model, data, run)

    def _adopt(
        self,
        generation: int,
        chosen: Example | None,
        model: OpenModel,
        data: OpenData,
        run: Run,
        generated: Generated | None = None,
        source: tuple[OpenData, Run] | None = None,
    ) -> None:
        """Make what was opened the present state, and say so."""
        seen, before = source or (data, run)
        event = Opened(
            generation,
            model_info(model.loaded, run.stepper, chosen.title if chosen is not None else None),
            str(data.folder),
            run.settings,
            run.stepper.plan,
            str(run.folder),
            chosen.name if chosen is not None else None,
            seen.file,
            generated,
            feedback_of(model, seen.dataset, before.settings),
        )
        self._source, self._recording = source, None
        self._example, self._model, self._data, self._run = chosen, model, data, run
        self._computing.aim(0, generation)
        self._emit(event)
        if self._comparing.second is not None:
            self._comparing.end(generation, "The comparison has ended: something else is open now.")

    # -- generating ---------------------------------------------------------------------------------

    def _generate(self, command: Generate) -> None:
        if self._model is None or self._data is None or self._run is None:
            raise DataError("There is nothing to begin with yet.", "Open a model and data first.")
        data, run = self._source or (self._data, self._run)
        if command.wanted is None:
            self._adopt(command.generation, self._example, self._model, data, run)
            return
        made = generating_run(self._model, data, run.settings, command.wanted, self._session)
        self._adopt_generated(
            command.generation, self._example, self._model, (data, run), command.wanted, made
        )

    def _adopt_generated(
        self,
        generation: int,
        chosen: Example | None,
        model: OpenModel,
        source: tuple[OpenData, Run],
        wanted: GenerationSettings,
        made: tuple[Run, OpenData],
    ) -> None:
        """Go over to a run that makes its own inputs; the data and the run over them are kept."""
        (run, made_data), (data, before) = made, source
        generated = Generated(wanted, str(data.folder), before.settings, str(before.folder))
        self._adopt(generation, chosen, model, made_data, run, generated, source)

    @property
    def _source_data(self) -> OpenData | None:
        """The data that are open, also while a run makes its own."""
        return self._data if self._source is None else self._source[0]

    def _source_run(self, run: Run) -> Run:
        """Return the run over the data that are open."""
        return run if self._source is None else self._source[1]

    # -- comparing ----------------------------------------------------------------------------------

    def _compare(self, command: Compare) -> None:
        if command.settings is None and command.model is None:
            self._comparing.end(command.generation, "The comparison has ended.")
            return
        if self._model is None or self._data is None or self._run is None:
            raise DataError("There is no run to compare with yet.", "Open a model first.")
        if self._source is not None:
            raise DataError(
                "A generated run cannot be compared: another run would make other inputs for itself.",
                "Go back to the data first.",
            )
        self._comparing.start(command, self._model, self._data, self._run)

    # -- running ------------------------------------------------------------------------------------

    def _configure(self, command: Configure) -> None:
        if self._model is None or self._data is None or self._run is None:
            raise DataError("There is nothing to run yet.", "Open a model first.")
        run, settings = self._run, command.settings
        before, recorded, asked = run.stepper.plan, run.stepper.trace.count, self._computing.until
        dataset = self._data.dataset
        plan = plan_of(dataset, before.timesteps, settings)
        dropped: int | None
        if same_sizes(plan, before):
            dropped = run.stepper.reconfigure(plan)
            self._run = Run(run.stepper, settings, run.folder)
        elif self._source is not None:
            raise PlanError(
                "A generated run has one row and one epoch.", "Go back to the data first (Run menu)."
            )
        else:
            self._run = new_run(self._model, self._data, settings, self._session)
            dropped = 0 if recorded else None
        # What was being computed towards stays the aim, where it means the same in the new plan.
        whole = asked >= len(before)
        aim = len(plan) if whole else asked if same_sizes(plan, before) else 0
        looked_at = 0 if command.keep is None else command.keep + 1
        self._computing.aim(min(len(plan), max(aim, looked_at)), command.generation)
        if dropped is None:
            meaning = "what is recorded stays" if recorded else ""
        elif dropped == 0:
            meaning = "the run is computed again from its start"
        else:
            meaning = f"steps from {dropped} on are computed again"
        text = change_text(run.settings, settings, dataset, meaning)
        self._emit(Configured(command.generation, settings, plan, str(self._run.folder), text))
        if self._run.stepper is run.stepper:
            self._warm_up()

    def _warm_up(self) -> None:
        """Get ready what the changed run needs, once the window knows of it: that may take a second."""
        assert self._run is not None
        try:
            warm_up(self._run.stepper)
        except Exception:
            traceback.print_exc()  # the next step fails for the same reason, and says so

    def _advance(self, command: Advance) -> None:
        if self._run is None:
            raise DataError("There is nothing to step yet.", "Open a model first.")
        if command.until > self._run.stepper.trace.count:
            self._computing.require_space()
        self._computing.aim(min(command.until, len(self._run.stepper.plan)), command.generation)

    def _save(self, command: Save) -> None:
        trace = self._something_recorded()
        trace.save(command.path, self._opener.reporter(command, f"Saving {Path(command.path).name}…"))
        self._emit(Saved(command.generation, command.path))

    def _export(self, command: Export) -> None:
        trace = self._something_recorded()
        report = self._opener.reporter(command, f"Exporting {Path(command.path).name}…")
        trace.export(
            command.path,
            format=command.format,
            layers=command.layers,
            signals=command.signals,
            steps=command.steps,
            progress=report,
        )
        self._emit(Saved(command.generation, command.path))

    def _something_recorded(self) -> Trace:
        trace = self._recording if self._run is None else self._run.stepper.trace
        if trace is None or trace.count == 0:
            raise TraceError("Nothing is recorded yet.", "Step the model first.")
        return trace

    def _discard(self, command: Discard) -> None:
        used = {self._data.folder if self._data else None, self._run.folder if self._run else None}
        used.add(None if self._recording is None else self._recording.folder)
        used.add(self._comparing.second.run.folder if self._comparing.second else None)
        if self._source is not None:
            used |= {self._source[0].folder, self._source[1].folder}
        for folder in map(Path, command.folders):
            if self._session.holds(folder) and folder not in used:
                remove_recording(folder)
