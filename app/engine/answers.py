"""What the window knows of the engine: which answers still count, and how to bring a new engine there."""

from __future__ import annotations

from dataclasses import replace

from app.engine.messages import (
    Cancel,
    Cancelled,
    Command,
    Compare,
    Compared,
    Configure,
    Configured,
    DataOpened,
    Event,
    Failed,
    Generate,
    Open,
    Opened,
    Progress,
    RecordingOpened,
    Reshape,
)

# Which later commands make the answer to an earlier one out of date.
_SUPERSEDED_BY: dict[type, tuple[type, ...]] = {
    Open: (Open, Reshape, Cancel),
    Reshape: (Open, Reshape, Cancel),
    Generate: (Open, Reshape, Generate, Cancel),
    Configure: (Open, Reshape, Generate, Configure, Cancel),
    Compare: (Open, Reshape, Compare, Cancel),
}
# Events that say what is open now, or soon.
_STATES = (DataOpened, Opened, RecordingOpened, Configured, Compared)


class Answers:
    """Sorts the engine's answers into those that count and those that come late.

    A late answer, to a command that a newer one supersedes, is kept back. When the newer one succeeds it
    is dropped; when the newer one fails, or only cancels, it counts after all, because it then says how
    things are.
    """

    def __init__(self) -> None:
        self._sent: dict[int, type] = {}
        self._held: list[tuple[type, Event]] = []  # with the kind of command that each answers
        self._opened: Opened | None = None
        self._latest: Opened | Configured | None = None
        self._compared: Compared | None = None
        self._recording: RecordingOpened | None = None  # what is open is a recording without its model
        self._first_open: Open | None = None  # all that was asked for before anything was opened
        self._folders: set[str] = set()
        self._settled = False

    def sent(self, command: Command) -> None:
        """Note that a command is on its way."""
        if isinstance(command, (Open, Reshape, Generate, Configure, Compare, Cancel)):
            self._sent[command.generation] = type(command)
        if isinstance(command, Cancel):
            self._first_open = None
        if isinstance(command, Open):
            self._first_open = _merged(self._first_open, command)

    def received(self, event: Event) -> list[Event]:
        """Return the events that count now that this one has come, in their order."""
        kind = self._kind(event)
        if self._is_late(event):
            if kind is not None and isinstance(event, _STATES):
                self._held.append((kind, event))
            return []
        counting = [event]
        self._settled = isinstance(event, (*_STATES, Cancelled, Failed)) and not isinstance(event, DataOpened)
        if self._settled and kind is not None:
            waited = [held for held in self._held if kind in _SUPERSEDED_BY[held[0]]]
            self._held = [held for held in self._held if held not in waited]
            if isinstance(event, (Cancelled, Failed)):
                counting = [*(held for _, held in waited), event]
            self._folders.update(folder for _, held in waited for folder in _folders_of(held))
        for each in counting:
            self._note(each)
        return counting

    def _kind(self, event: Event) -> type | None:
        """Return what kind of command an event answers; None where no newer one can outdate it."""
        if not isinstance(event, (*_STATES, Progress, Cancelled, Failed)):
            return None
        kind = self._sent.get(event.generation)
        # An Advance or Save bears the generation of the command before it.
        if kind is not None and isinstance(event, Failed) and event.command != kind.__name__:
            return None
        return kind

    def _is_late(self, event: Event) -> bool:
        kind = self._kind(event)
        if kind is None or kind not in _SUPERSEDED_BY:
            return False
        if isinstance(event, Failed) and kind is Open:
            return False  # somebody chose that file: what is wrong with it is news at any time
        generation: int = getattr(event, "generation", 0)
        newer = _SUPERSEDED_BY[kind]
        return any(g > generation and other in newer for g, other in self._sent.items())

    def _note(self, event: Event) -> None:
        self._folders |= _folders_of(event)
        if isinstance(event, Opened):
            self._opened = self._latest = event
            self._compared = self._first_open = self._recording = None
        elif isinstance(event, RecordingOpened):
            self._recording = event
            self._opened = self._latest = self._compared = self._first_open = None
        elif isinstance(event, Configured):
            self._latest = event
        elif isinstance(event, Compared):
            self._compared = event
            newest = event.generation
            self._sent = {g: kind for g, kind in self._sent.items() if kind is not Compare or g > newest}
        elif isinstance(event, Failed) and event.command == "Open":
            self._first_open = None
        if isinstance(event, (Opened, RecordingOpened, Configured, Cancelled)):
            self._sent = {g: kind for g, kind in self._sent.items() if g > event.generation}

    def unused_folders(self) -> tuple[str, ...]:
        """Return the folders that the last event made useless; each is returned once."""
        if not self._settled or self._held or not self.opened:
            return ()
        used = set() if self._recording is None else _folders_of(self._recording)
        if self._opened is not None and self._latest is not None:
            used |= {self._opened.data_folder, self._latest.recording} | _folders_of_source(self._opened)
        used |= set() if self._compared is None else _folders_of(self._compared)
        unused = self._folders - used
        self._folders &= used
        return tuple(sorted(unused))

    @property
    def folders(self) -> frozenset[str]:
        """The folders that are in use, or were told of and not given up yet."""
        return frozenset(self._folders)

    def engine_lost(self) -> None:
        """Expect no more answers to what was sent."""
        self._sent.clear()
        self._held.clear()

    @property
    def opened(self) -> bool:
        """Whether something was opened."""
        return self._opened is not None or self._recording is not None

    def resume(self, generation: int) -> Open | None:
        """Return what brings a new engine to where the last one was.

        Before anything was opened that is what was asked for, once more; None where nothing was.
        """
        if self._recording is not None:
            return Open(generation, trace=self._recording.path, recording=self._recording.recording)
        if self._opened is None or self._latest is None:
            return self._first_open and replace(self._first_open, generation=generation)
        generated = self._opened.generated
        return Open(
            generation,
            example=self._opened.example,
            model=self._opened.model.path,
            architecture=self._opened.model.architecture,
            # As it was read: the file may be gone, or changed.
            data=self._opened.data_folder if generated is None else generated.data_folder,
            settings=self._latest.settings if generated is None else generated.settings,
            recording=self._latest.recording,
            data_file=self._opened.data_file,
            generated=generated and replace(generated, settings=self._latest.settings),
        )


def _merged(older: Open | None, newer: Open) -> Open:
    """Return one command for two of which neither was answered."""
    if older is None or older.trace is not None or newer.example is not None or newer.trace is not None:
        return newer
    return replace(
        newer,
        example=older.example if newer.model is None else None,
        model=newer.model or older.model,
        architecture=newer.architecture if newer.model is not None else older.architecture,
        data=newer.data or older.data,
        shaping=newer.shaping if newer.data is not None else older.shaping,
        settings=newer.settings or older.settings,
        missing=newer.missing if newer.data is not None else older.missing,
    )


def _folders_of(event: Event) -> set[str]:
    if isinstance(event, DataOpened):
        return {event.folder}
    if isinstance(event, Opened):
        return {event.data_folder, event.recording} | _folders_of_source(event)
    if isinstance(event, (RecordingOpened, Configured, Compared)) and event.recording is not None:
        return {event.recording}
    return set()


def _folders_of_source(event: Opened) -> set[str]:
    """Return the folders of the data and the run that a generated run began with."""
    generated = event.generated
    return set() if generated is None else {generated.data_folder, generated.recording}
