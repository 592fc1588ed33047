"""The second run that is compared with the first: what it is to be, and what the engine made of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.engine.bridge import EngineBridge
from app.engine.messages import Cancelled, Compare, Compared, Event, Failed, ModelInfo, RunSettings
from app.plots.compare_choices import Choice
from app.run_plan import with_padding
from lstm_viz.batching import common_divisor
from lstm_viz.dataset import Dataset
from lstm_viz.plan import Plan, ResetPoint, Resets
from lstm_viz.trace import Trace
from lstm_viz.trace_opening import open_trace

if TYPE_CHECKING:
    from app.session import Session


_NOT_FULL = (
    "The samples would not fill batches of this size, as a stateful run needs. Batch size 1 always works."
)


@dataclass(frozen=True)
class Wish:
    """How the second run differs from the first.

    Parameters
    ----------
    key : str
        ``"stateless"``, ``"stateful"``, ``"batch_1"``, ``"no_resets"``, ``"row"``, ``"padded"``,
        ``"own_lengths"`` or ``"model"``.
    row : int
        Whose input is changed, for ``"row"``.
    model : str or None
        The file, for ``"model"``.
    """

    key: str
    row: int = 0
    model: str | None = None

    def settings(self, first: RunSettings, plan: Plan, dataset: Dataset | None = None) -> RunSettings:
        """Return the settings of the second run for a first run of these settings, plan and data."""
        match self.key:
            case "padded" | "own_lengths" if dataset is not None:
                return with_padding(first, self.key == "padded", plan, dataset)
            case "stateless" | "stateful":
                return replace(first, stateful=self.key == "stateful")
            case "batch_1":
                # In their own order: the samples of one row have no neighbours to be laid between.
                resets = replace(first.resets, at=_points_of_samples(plan))
                return replace(first, batch_size=1, resets=resets, interleaved=False)
            case "no_resets":
                return replace(first, resets=Resets(each_batch=False, each_epoch=False))
            case "row":
                return replace(first, perturbed_row=min(self.row, plan.batch_size - 1))
        return first


def _points_of_samples(plan: Plan) -> tuple[ResetPoint, ...]:
    """Return the reset points of a run where its samples are when each is a batch of its own."""
    return tuple(
        ResetPoint(plan.sample(point.batch, row), point.timestep, None, point.epoch)
        for point in plan.resets.at
        for row in (range(plan.rows(point.batch)) if point.rows is None else point.rows)
        if row < plan.rows(point.batch)
    )


def choices(
    settings: RunSettings,
    plan: Plan | None,
    row: int,
    dataset: Dataset | None = None,
    one_length: bool = False,
) -> tuple[Choice, ...]:
    """Return what a run may be compared with at one click, in the order in which it is offered.

    Parameters
    ----------
    settings : RunSettings
    plan : Plan or None
    row : int
        That is looked at.
    dataset : Dataset or None
    one_length : bool
        The model takes sequences of one length only.
    """
    if settings.stateful:
        tip = "Every batch starts from zeros: what the state that is carried over changes."
        stateful = Choice("stateless", "Same run, stateless", tip)
    elif plan is not None and common_divisor(plan.samples, plan.lengths) % plan.batch_size:
        of_each = " of each length" if plan.lengths is not None else ""
        tip = (
            f"{plan.samples} samples do not fill batches of {plan.batch_size}{of_each}, "
            "as a stateful run needs."
        )
        stateful = Choice("stateful", "Same run, stateful", tip, False)
    else:
        tip = "Each row starts a batch from its state after the batch before: what that changes."
        stateful = Choice("stateful", "Same run, stateful", tip)
    resets = settings.resets
    carried = settings.stateful and (
        resets.each_batch or resets.each_sequence or (resets.each_epoch and settings.epochs > 1)
    )
    has_resets = bool(carried or resets.every or resets.at)
    found = (
        *_padding_choices(settings, plan, dataset, one_length),
        stateful,
        Choice(
            "batch_1",
            "Same run, batch size 1",
            "One sample after the other: what the batch size changes."
            if settings.batch_size > 1
            else "This run has batch size 1 already.",
            settings.batch_size > 1,
        ),
        Choice(
            "no_resets",
            "Same run, no resets",
            "The state is never set to zero but where the run starts."
            if has_resets
            else "This run has no resets that could be left out.",
            has_resets,
        ),
        Choice(
            "row",
            f"Change row {row}'s input",
            f"Add noise to the input of row {row}, and see that no other row changes: rows are independent.",
        ),
        Choice("model", "Another model…", "The same data through another saved model."),
    )
    return found if plan is not None else tuple(replace(choice, enabled=False) for choice in found)


def _padding_choices(
    settings: RunSettings, plan: Plan | None, dataset: Dataset | None, one_length: bool
) -> tuple[Choice, ...]:
    """Return the other way to run samples of different lengths; none where they do not differ."""
    if dataset is None or dataset.lengths is None:
        return ()
    if not settings.padded:
        tip = "Every sample runs over its padding to the length of the longest: what that changes."
        whole = plan is None or not settings.stateful or dataset.samples % plan.batch_size == 0
        return (Choice("padded", "Same run, padded", tip if whole else _NOT_FULL, whole),)
    key, text = "own_lengths", "Each at its own length"
    if one_length:
        return (Choice(key, text, "The model takes sequences of one length only.", False),)
    size = 1 if plan is None else plan.batch_size
    whole = not settings.stateful or common_divisor(dataset.samples, dataset.lengths) % size == 0
    tip = "No sample runs over its padding: what the padding changes."
    return (Choice(key, text, tip if whole else _NOT_FULL, whole),)


class Comparing(QObject):
    """Keeps a second run beside the session's run.

    It is made anew when the settings of the first run change, and ends when something else is opened.

    Parameters
    ----------
    session : Session
    bridge : EngineBridge

    Attributes
    ----------
    wish : Wish or None
        What it is; None while there is none.
    settings : RunSettings or None
    plan : Plan or None
    trace : Trace or None
        None while nothing is compared.
    model : ModelInfo or None
        Of its own; None where it is the model of the first run.
    """

    changed = Signal()

    def __init__(self, session: Session, bridge: EngineBridge) -> None:
        super().__init__(session)
        self._session, self._bridge = session, bridge
        self.wish: Wish | None = None
        self.settings: RunSettings | None = None
        self.plan: Plan | None = None
        self.trace: Trace | None = None
        self.model: ModelInfo | None = None
        self._asked: dict[int, Wish] = {}
        self._wanted: Wish | None = None  # the last that was asked for
        self._beside = ""  # the recording of the first run
        session.opened.connect(self._on_session_opened)
        session.run_changed.connect(self._on_session_run_changed)
        bridge.event_received.connect(self._on_bridge_event_received)

    # -- what the user does -------------------------------------------------------------------------

    def start(self, key: str, model: str | None = None) -> None:
        """Compare with one of :func:`choices`; for another model with its file."""
        if self._session.plan is not None:
            self._ask(Wish(key, self._session.row, model))

    def end(self) -> None:
        """End the comparison."""
        self._wanted = None
        if self.trace is not None or self._asked:
            self._bridge.send(Compare(self._bridge.next_generation()))

    def _ask(self, wish: Wish) -> None:
        plan = self._session.plan
        assert plan is not None
        generation = self._bridge.next_generation()
        self._asked[generation] = self._wanted = wish
        settings = wish.settings(self._session.settings, plan, self._session.dataset)
        self._bridge.send(Compare(generation, settings, wish.model))
        self._session.woken.emit()

    # -- what happens -------------------------------------------------------------------------------

    def _on_session_opened(self) -> None:
        # Another engine that goes on with the first run knows nothing of the second.
        again = self.wish if self._recording() == self._beside else None
        self._wanted = None
        self._asked.clear()
        self._forget()
        if again is not None:
            self._ask(again)

    def _on_session_run_changed(self) -> None:
        self._beside = self._recording()
        self._keep_up()

    def _keep_up(self) -> None:
        """Let the second run have the settings of the first one, but for what makes it another."""
        session = self._session
        if self.trace is None or self._wanted is None or session.plan is None or self._asked:
            return
        if self._wanted.settings(session.settings, session.plan, session.dataset) != self.settings:
            self._ask(self._wanted)

    def _recording(self) -> str:
        trace = self._session.trace
        return "" if trace is None else str(trace.folder)

    def _on_bridge_event_received(self, event: Event) -> None:
        if isinstance(event, Compared):
            self._take(event)
        elif isinstance(event, Failed) and event.command == "Compare":
            self._asked.pop(event.generation, None)
            self._wanted = self.wish  # what goes on is what was there before
        elif isinstance(event, Cancelled):
            self._asked = {g: asked for g, asked in self._asked.items() if g > event.generation}
            self._wanted = next(reversed(self._asked.values()), self.wish)

    def _take(self, event: Compared) -> None:
        wish = self._asked.pop(event.generation, None) or self.wish
        self._asked = {g: asked for g, asked in self._asked.items() if g > event.generation}
        self._session.busy.emit("", None)
        if event.recording is None:
            self._wanted = next(iter(self._asked.values()), None)
            self._forget()
        else:
            self.wish, self.settings, self.plan = wish, event.settings, event.plan
            self.model, self.trace = event.model, open_trace(event.recording)
            self.changed.emit()
        if event.text:
            self._session.message.emit(event.text)
        self._session.woken.emit()
        self._keep_up()

    def _forget(self) -> None:
        self.wish = self.settings = self.plan = self.trace = self.model = None
        self.changed.emit()
