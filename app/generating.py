"""Whether the run makes its own inputs, and what a person has asked for of that."""

from __future__ import annotations

import functools
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.engine.messages import Generate, Generated, Opened
from app.recorded_model import NEEDS_MODEL
from app.run_plan import Feedback, GenerationSettings
from app.session_file import Look
from lstm_viz.dataset import Dataset
from lstm_viz.examples import example

if TYPE_CHECKING:
    from app.session import Session


class Generating(QObject):
    """Goes over to a run that feeds its output back, and back to the data.

    Parameters
    ----------
    session : Session

    Attributes
    ----------
    generated : Generated or None
        What the run began with; None where it reads data.
    source : Dataset or None
        The data that are open, also while a run makes its own.
    feedback : Feedback
        Whether and how the model can go on with them.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.generated: Generated | None = None
        self.source: Dataset | None = None
        self.feedback = Feedback()
        self._source_folder = ""
        self._asked: int | None = None
        self._begun = False
        self._left = Look()  # how the run over the data was looked at
        self._words: list[str] = []  # of the text that is made, and of which run
        self._words_of: tuple[int, int] | None = None

    def start(self, wanted: GenerationSettings) -> None:
        """Let the model go on with a sample of the data."""
        if self._session.plan is None:
            return
        self._left = self.look
        command = functools.partial(Generate, wanted=wanted)
        self._asked = self._session.open_by(command, replace(self.look, row=0, step=None))

    def end(self) -> None:
        """Go back to the data, to what is recorded of them, and to what was looked at."""
        if self.generated is not None:
            self._session.open_by(functools.partial(Generate, wanted=None), self.look)

    @property
    def look(self) -> Look:
        """What is looked at, and the row and the step at which the run over the data was left."""
        session = self._session
        row, step = session.row, session.player.wanted
        if self.generated is not None:
            row, step = self._left.row, self._left.step
        return Look(session.path, row, session.pinned, session.unit, step)

    def suggested(self) -> GenerationSettings:
        """Return what to ask for: the same again, what the example proposes, or the sample looked at."""
        session = self._session
        if self.generated is not None:
            return self.generated.wanted
        proposed = example(session.example).generate if session.example is not None else None
        if proposed and self.source is session.dataset:
            return GenerationSettings(**proposed)
        return GenerationSettings(session.sample or 0, others="hold" if self.feedback.others else None)

    # -- what the session tells ---------------------------------------------------------------------

    def take(self, event: Opened) -> None:
        """Note what is open now, before anybody is told."""
        session, self._words_of = self._session, None
        self.generated, self.feedback = event.generated, event.feedback
        self._begun = event.generated is not None and event.generation == self._asked
        folder = event.data_folder if event.generated is None else event.generated.data_folder
        if folder != self._source_folder:
            same = session.dataset is not None and event.generated is None
            self.source = session.dataset if same else Dataset.open(Path(folder))
            self._source_folder = folder

    def take_recording(self) -> None:
        """Note that what is open now has neither model nor data."""
        self.generated = self.source = self._asked = None
        self.feedback, self._source_folder, self._begun = Feedback(NEEDS_MODEL), "", False

    def begin(self) -> None:
        """Play from the end of the seed on, where it was asked for just now."""
        trace = self._session.trace
        if self._begun and trace is not None and trace.generation is not None:
            first = trace.generation.spans(0, len(trace.plan))[0][0]
            self._session.player.play_from(max(0, first - 1))
            self._session.woken.emit()
        self._begun = False

    # -- what is made -------------------------------------------------------------------------------

    def is_generated(self, step: int) -> bool:
        """Whether a step of the run reads what was generated."""
        trace = self._session.trace
        generation = None if trace is None else trace.generation
        return generation is not None and bool(generation.spans(step, step + 1))

    def text(self) -> tuple[str, str]:
        """Return the tokens of the seed and those that were made of it as text; empty for numbers."""
        trace, source = self._session.trace, self.source
        generation = None if trace is None else trace.generation
        if trace is None or source is None or generation is None or generation.kind == "values":
            return "", ""
        if self._words_of is None or self._words_of != (trace.revision, len(trace.plan)):
            self._words_of, self._words = (trace.revision, len(trace.plan)), []
        names = source.token_names or source.class_names
        # Only what is new since the last frame is read.
        tokens = trace.sequence_window(len(self._words), sys.maxsize)[0]
        tokens = tokens.argmax(-1) if generation.kind == "one-hot" else tokens
        self._words += [names[k] if k < len(names) else str(k) for k in tokens.tolist()]
        words, between = self._words, "" if all(len(name) <= 1 for name in names) else " "
        seed = between.join(words[: generation.seed])
        return seed, between.join(words[generation.seed :])
