"""The second run beside the first one: begun, changed and ended as the window asks for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.engine.describe import comparison_text, model_info
from app.engine.messages import Compare, Compared, Event
from app.engine.opening import Opener
from app.engine.runs import OpenData, OpenModel, Run, new_run
from app.engine.second_run import SecondRun
from app.engine.session_folder import SessionFolder

if TYPE_CHECKING:
    from lstm_viz.stepper import Stepper


class Comparing:
    """Keeps a second run of the same data.

    Parameters
    ----------
    session : SessionFolder
        Where recordings are kept.
    opener : Opener
        Opens another model.
    emit : callable
        Called with every event.

    Attributes
    ----------
    second : SecondRun or None
    """

    def __init__(self, session: SessionFolder, opener: Opener, emit: Callable[[Event], None]) -> None:
        self._session, self._opener, self._emit = session, opener, emit
        self.second: SecondRun | None = None

    def start(self, command: Compare, model: OpenModel, data: OpenData, first: Run) -> None:
        """Begin a second run beside the first one, or let the one that is there go on under other settings.

        Raises
        ------
        LstmVizError
            The runs cannot be compared; the comparison goes on as it was.
        """
        settings = command.settings or first.settings
        chosen = self.second.model_at(command.model) if self.second is not None else None
        if chosen is None:
            chosen = model if command.model is None else self._opener.load_model(command, command.model)
        second = self.second
        if second is None or not second.reconfigure(chosen, settings):
            second = SecondRun(new_run(chosen, data, settings, self._session), chosen, command.model)
            second.check_alike(first.stepper)
        second.generation = command.generation
        self.second = second
        stepper = second.run.stepper
        info = None if command.model is None else model_info(chosen.loaded, stepper)
        self._emit(
            Compared(
                command.generation,
                settings,
                stepper.plan,
                str(second.run.folder),
                info,
                comparison_text(first.settings, settings, data.dataset, info),
            )
        )

    def end(self, generation: int, text: str) -> None:
        """Give the second run up; the window sees to its folder."""
        self.second = None
        self._emit(Compared(generation, None, None, None, None, text))

    def behind(self, first: Stepper) -> bool:
        """Whether there is a second run that lacks what the first one has."""
        return self.second is not None and self.second.behind(first)
