"""What the window asks of the engine, and what the engine answers. Plain data, no Qt, no Keras.

Every request carries a generation number and every answer repeats it, so that the window can drop a
late answer to an old request. What happens at every step is no message: the window reads it from the
recording, which both processes map into memory.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from app.run_plan import Feedback, GenerationSettings, RunSettings
from lstm_viz.dataset import Missing, Shaping
from lstm_viz.layers import LSTMLayer
from lstm_viz.plan import Plan
from lstm_viz.wiring import Wiring

# -- what is passed around --------------------------------------------------------------------------


@dataclass(frozen=True)
class Generated:
    """That a run makes its own inputs, and what it began with: data, and the run over them."""

    wanted: GenerationSettings
    data_folder: str
    settings: RunSettings
    recording: str


@dataclass(frozen=True)
class LayerRow:
    """One line of the model panel."""

    name: str
    class_name: str
    depth: int
    output_shape: tuple[int | None, ...] | None
    parameters: int
    path: str | None  # of its LSTM, when it is one
    reason: str | None  # why it cannot run
    tokens: bool = False  # it is an input of one token at each timestep


@dataclass(frozen=True)
class DataFile:
    """The file that data were read from, and what was done about the values that it lacks."""

    path: str
    missing: Missing = "refuse"


@dataclass(frozen=True)
class ModelInfo:
    """What the window shows of a model."""

    title: str
    path: str
    format: str
    keras_version: str | None
    rows: tuple[LayerRow, ...]
    lstm_layers: tuple[LSTMLayer, ...]
    layer_timesteps: tuple[int, ...]
    notes: tuple[str, ...]
    stepwise_reason: str  # why it cannot be fed one timestep at a time; empty when it can
    output_names: tuple[str, ...]
    input_shapes: tuple[tuple[int | None, ...], ...]
    saved_stateful: bool
    saved_batch_size: int | None
    architecture: str | None = None  # the file that it came from, when the weights lay alone
    one_length_reason: str = ""  # why it cannot be run on sequences of different lengths
    ending_reason: str = ""  # why it is not known what its first output would be if a sequence ended earlier
    wiring: Wiring | None = None  # which LSTM reads which, and starts from whose state


# -- commands ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Open:
    """Open a built-in example, a model, data, or both; what is None stays as it is.

    A model without data runs on seeded random data of its own input shape until data are opened. With a
    ``trace``, a recording is opened without its model, and nothing of what was open before stays.
    """

    generation: int
    example: str | None = None
    model: str | None = None
    architecture: str | None = None  # JSON, for a model file that holds weights alone
    data: str | None = None
    missing: Missing = "refuse"  # what to do about missing values in the data
    shaping: Shaping | None = None
    settings: RunSettings | None = None
    recording: str | None = None  # folder to go on with, after an engine was lost
    trace: str | None = None
    data_file: DataFile | None = None  # of data that are opened as they were read before
    generated: Generated | None = None  # the run to go on with is one that makes its own inputs


@dataclass(frozen=True)
class Reshape:
    """Cut the same data anew."""

    generation: int
    shaping: Shaping


@dataclass(frozen=True)
class Configure:
    """Run under other settings; what was recorded stays up to the first step that they change.

    ``keep`` is the step that the user looks at: the run is computed again up to it and with it.
    """

    generation: int
    settings: RunSettings
    keep: int | None = None


@dataclass(frozen=True)
class Advance:
    """Compute until so many steps are recorded. A smaller number than there are computes nothing."""

    generation: int
    until: int


@dataclass(frozen=True)
class Pause:
    """Compute no more until the next Advance."""

    generation: int


@dataclass(frozen=True)
class Cancel:
    """Give up whatever was asked for before and is not done; nothing of it is left. Compute no more."""

    generation: int


@dataclass(frozen=True)
class Save:
    """Save the recording as one file."""

    generation: int
    path: str


@dataclass(frozen=True)
class Export:
    """Write the recording, or part of it, as a file for another tool; see ``Trace.export``."""

    generation: int
    path: str
    format: str
    layers: tuple[str, ...] | None = None
    signals: tuple[str, ...] | None = None
    steps: tuple[int, int] | None = None


@dataclass(frozen=True)
class Compare:
    """Run the same data a second time beside the first run; with neither, end that.

    Settings that are None are those of the first run, a model that is None is its model. The second run
    goes on with the first one, whichever is behind first.
    """

    generation: int
    settings: RunSettings | None = None
    model: str | None = None


@dataclass(frozen=True)
class Explain:
    """Say what the gates of a unit were made of, at a recorded step of an LSTM."""

    generation: int
    path: str
    step: int  # of the layer
    row: int
    unit: int


@dataclass(frozen=True)
class Generate:
    """Go on with a sample of the data, each output being the next input; None goes back to the data."""

    generation: int
    wanted: GenerationSettings | None = None


@dataclass(frozen=True)
class Discard:
    """Delete data sets and recordings of this session that the window no longer looks at.

    What the engine itself still uses stays.
    """

    folders: tuple[str, ...]


@dataclass(frozen=True)
class Stop:
    """End the engine process."""


Command = (
    Open
    | Reshape
    | Configure
    | Advance
    | Pause
    | Cancel
    | Save
    | Export
    | Compare
    | Explain
    | Generate
    | Discard
    | Stop
)

# -- events -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Started:
    """The engine process runs; TensorFlow is being imported."""

    pid: int


@dataclass(frozen=True)
class Ready:
    """TensorFlow is imported."""

    tensorflow: str
    keras: str


@dataclass(frozen=True)
class Progress:
    """Something slow is going on; fraction is None when nobody knows how far."""

    generation: int
    text: str
    fraction: float | None = None


@dataclass(frozen=True)
class DataOpened:
    """Data are read; ``folder`` is for ``Dataset.open``.

    An Opened or Failed follows, unless they ``wait_for_model`` because none is open.
    """

    generation: int
    folder: str
    wait_for_model: bool = False


@dataclass(frozen=True)
class Opened:
    """A model and data are ready to be stepped; ``recording`` is for ``open_trace``."""

    generation: int
    model: ModelInfo
    data_folder: str
    settings: RunSettings
    plan: Plan
    recording: str
    example: str | None = None
    data_file: DataFile | None = None  # None for random numbers
    generated: Generated | None = None  # None where the run reads data
    feedback: Feedback = field(default_factory=Feedback)


@dataclass(frozen=True)
class RecordingOpened:
    """A recording is there to be looked at, without its model; ``recording`` is for ``open_trace``."""

    generation: int
    path: str  # that was asked for
    recording: str


@dataclass(frozen=True)
class Configured:
    """The run goes on under these settings; ``text`` says what was dropped and why."""

    generation: int
    settings: RunSettings
    plan: Plan
    recording: str
    text: str


@dataclass(frozen=True)
class Compared:
    """A second run goes on beside the first; all None when there is none any more. ``text`` says why."""

    generation: int
    settings: RunSettings | None
    plan: Plan | None
    recording: str | None
    model: ModelInfo | None  # None where it is the model of the first run
    text: str


@dataclass(frozen=True, eq=False)
class Explained:
    """What the gates were made of; the first axis of the arrays is ``i f g o``.

    ``names`` are those of the features, where they are the data's; ``source`` is what they are: "input",
    the path of the LSTM whose h they are, or empty where nobody knows.
    """

    command: Explain
    inputs: np.ndarray  # (4, features)
    recurrent: np.ndarray  # (4, units)
    bias: np.ndarray  # (4,)
    names: tuple[str, ...]
    source: str

    @property
    def generation(self) -> int:
        """That of the command."""
        return self.command.generation


@dataclass(frozen=True)
class Cancelled:
    """What was asked for before is done or given up."""

    generation: int


@dataclass(frozen=True)
class Saved:
    """The recording is saved or exported."""

    generation: int
    path: str


@dataclass(frozen=True)
class Failed:
    """A command could not be done; everything is as it was before."""

    generation: int
    command: str  # the command's class name
    message: str
    hint: str
    details: str
    missing: str = ""  # "architecture" or "weights", of a model file; "values", in data; "room", on the disk


Event = (
    Started
    | Ready
    | Progress
    | DataOpened
    | Opened
    | RecordingOpened
    | Configured
    | Compared
    | Explained
    | Cancelled
    | Saved
    | Failed
)
