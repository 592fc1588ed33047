"""From what is known of a model and its run to the diagram of boxes. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.engine.messages import ModelInfo
from app.plots.boxes_layout import BoxRow, HandOver, OutputRow, Segment, Unrolled
from lstm_viz.layers import LSTMLayer
from lstm_viz.plan import Cause, Plan, Position
from lstm_viz.trace import OutputSpec
from lstm_viz.wiring import LayerWiring, OutputWiring, Wiring


def unrolled(model: ModelInfo, plan: Plan, batch: int, output: OutputSpec | None) -> Unrolled | None:
    """Return the diagram of a model's LSTMs over the timesteps of a batch; None without any LSTM.

    Parameters
    ----------
    model : ModelInfo
    plan : Plan
    batch : int
    output : OutputSpec or None
        Of the first output; None where the model has none.
    """
    if not model.lstm_layers:
        return None
    wired = _known(model)
    timesteps = plan.timesteps_of(batch)
    lengths = {
        layer.path: timesteps if own == plan.timesteps else own
        for layer, own in zip(model.lstm_layers, model.layer_timesteps, strict=True)
    }
    drawn = _drawn_axes(wired.layers, lengths)
    axes = list(dict.fromkeys(drawn.values()))
    segment_of = {path: axes.index(axis) for path, axis in drawn.items()}
    number_of = {layer.path: number for number, layer in enumerate(wired.layers)}
    rows: list[BoxRow] = []
    used = [0] * len(axes)
    for layer, described in zip(wired.layers, model.lstm_layers, strict=True):
        segment = segment_of[layer.path]
        near = tuple(number_of[path] for path in layer.reads if segment_of[path] == segment)
        rows.append(
            BoxRow(
                path=layer.path,
                name=layer.path,
                note=_note(described),
                timesteps=lengths[layer.path],
                segment=segment,
                slot=used[segment],
                reads=near,
                reads_input=not near,
                backwards=described.go_backwards,
                handed=_numbers(layer.starts_from, number_of),
                resets_inside=lengths[layer.path] == timesteps,
            )
        )
        used[segment] += 1
    segments = tuple(_segment(axis, k, wired, lengths, segment_of, timesteps) for k, axis in enumerate(axes))
    hand_overs = tuple(_hand_overs(wired.layers, rows, segment_of, number_of))
    found = _output(wired.outputs, output, axes, rows, number_of, timesteps)
    made = Unrolled("", timesteps, segments, tuple(rows), hand_overs, found)
    return replace(made, segments=_captioned(made), kind=kind_words(made))


def _known(model: ModelInfo) -> Wiring:
    """Return the wiring of a model, or where it could not be found, that of a plain stack."""
    if model.wiring is not None and len(model.wiring.layers) == len(model.lstm_layers):
        return model.wiring
    paths = [layer.path for layer in model.lstm_layers]
    layers = tuple(
        LayerWiring(path, "input 0", reads=(before,) if before else (), inputs=() if before else (0,))
        for before, path in zip([None, *paths[:-1]], paths, strict=True)
    )
    axis = "input 0" if model.lstm_layers[-1].return_sequences else None
    return Wiring(layers, (OutputWiring((paths[-1],), axis),))


def _drawn_axes(layers: Sequence[LayerWiring], lengths: dict[str, int]) -> dict[str, str]:
    """Return the time axis under which each layer is drawn: inputs that go side by side share one."""
    drawn: dict[str, str] = {}
    for layer in layers:
        axis = layer.axis
        first = next(iter(drawn), None)
        if (
            first is not None
            and axis not in drawn.values()
            and axis.startswith("input")
            and drawn[first].startswith("input")
            and layer.starts_from is None
            and not layer.reads
            and lengths[layer.path] == lengths[first]
        ):
            axis = drawn[first]
        drawn[layer.path] = axis
    return drawn


def _note(layer: LSTMLayer) -> str:
    return f"{layer.units} unit{'s' * (layer.units > 1)}" + (" · backwards" if layer.go_backwards else "")


def _numbers(paths: Sequence[str] | None, number_of: dict[str, int]) -> tuple[int, ...] | None:
    return None if paths is None else tuple(number_of[path] for path in paths if path in number_of)


def _segment(
    axis: str, number: int, wired: Wiring, lengths: dict[str, int], segment_of: dict[str, int], run: int
) -> Segment:
    own = [layer for layer in wired.layers if segment_of[layer.path] == number]
    if axis.startswith("input"):
        source: int | None = int(axis.removeprefix("input "))
    else:
        source = next((k for layer in own for k in layer.inputs), None)
    # The first input's axis is the run's, however much a pooling layer before all LSTMs shortens it.
    timesteps = run if number == 0 and axis.startswith("input") else max(lengths[each.path] for each in own)
    return Segment(timesteps, "", source, own[0].repeats)


def _hand_overs(
    layers: Sequence[LayerWiring],
    rows: Sequence[BoxRow],
    segment_of: dict[str, int],
    number_of: dict[str, int],
) -> list[HandOver]:
    found = []
    vectors = set()
    for number, layer in enumerate(layers):
        segment = segment_of[layer.path]
        if rows[number].handed:
            found.append(HandOver(rows[number].handed or (), segment, number))
        far = tuple(number_of[path] for path in layer.reads if segment_of[path] != segment)
        if far and segment not in vectors:
            vectors.add(segment)
            found.append(HandOver(far, segment))
    return found


def _output(
    wired: Sequence[OutputWiring],
    spec: OutputSpec | None,
    axes: Sequence[str],
    rows: Sequence[BoxRow],
    number_of: dict[str, int],
    run: int,
) -> OutputRow | None:
    if spec is None:
        return None
    first = wired[0] if wired else OutputWiring((), None)
    made_of = tuple(number_of[path] for path in first.made_of if path in number_of)
    segment = max((rows[number].segment for number in made_of), default=len(axes) - 1)
    if first.axis in axes:
        segment = axes.index(first.axis)
    made_of = tuple(number for number in made_of if rows[number].segment == segment)
    timesteps = run if spec.each_step else None
    if not spec.each_step and first.axis is not None:
        timesteps = next(iter(spec.shape[:-1]), None)
    return OutputRow(segment, made_of, timesteps)


# -- words ------------------------------------------------------------------------------------------


def _captioned(made: Unrolled) -> tuple[Segment, ...]:
    """Give each time axis its name: encoder and decoder where one hands something to the other."""
    several = len(made.segments) > 1
    named = []
    for number, segment in enumerate(made.segments):
        steps = f"{segment.timesteps} timestep{'s' * (segment.timesteps != 1)}"
        if not several:
            named.append(replace(segment, caption=steps))
            continue
        takes = any(hand.segment == number for hand in made.hand_overs)
        gives = any(made.rows[row].segment == number for hand in made.hand_overs for row in hand.rows)
        name = "decoder" if takes else "encoder" if gives else "beside it"
        named.append(
            replace(segment, caption=f"{name} · {steps} of its own" if takes else f"{name} · {steps}")
        )
    return tuple(named)


def kind_words(made: Unrolled) -> str:
    """Say which of the usual kinds a model is."""
    each = made.output is not None and made.output.timesteps is not None
    if made.hand_overs:
        what = {hand.what for hand in made.hand_overs}
        handed = {
            frozenset({"vector"}): "what it gives at its end is repeated as the input of every timestep",
            frozenset({"states"}): "its last h and c are handed over",
        }.get(frozenset(what), "what it gives at its end and its states are handed over")
        out = "a sequence of its own length comes out" if each else "one output comes out"
        return f"Encoder and decoder: a sequence goes in, {handed}, {out}"
    if made.segments[0].repeats:
        out = "a sequence comes out" if each else "one output comes out at its end"
        return f"One-to-many: one vector goes in, repeated at every timestep, {out}"
    if made.timesteps == 1:
        return "One-to-one: one timestep goes in, one output comes out"
    if made.output is None:
        return "A sequence goes in, and nothing comes out"
    if each:
        return "Many-to-many: a sequence goes in, an output comes out at every timestep"
    return "Many-to-one: a sequence goes in, one output comes out at its end"


# -- states between the boxes -----------------------------------------------------------------------


def next_batch(plan: Plan, epoch: int, batch: int, row: int) -> int | None:
    """Return the sample that a row hands its last state to, or None."""
    epoch, batch = (epoch, batch + 1) if batch + 1 < plan.batches else (epoch + 1, 0)
    if epoch >= plan.epochs or row >= plan.rows(batch):
        return None
    return None if plan.handed_from(epoch, batch, row) is None else plan.sample(batch, row)


def inner_resets(plan: Plan, epoch: int, batch: int, row: int, timesteps: range) -> dict[int, Cause]:
    """Return the timesteps of a batch at which a row is reset, but its first one, with the causes."""
    if not plan.has_resets(epoch, batch):
        return {}
    found = ((t, plan.reset_cause(Position(epoch, batch, t), row)) for t in timesteps if t)
    return {t: cause for t, cause in found if cause is not None}
