"""What a generated sequence begins with, and what is known of what its numbers mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.checking import listed, of_kind, whole
from lstm_viz.dataset import Dataset
from lstm_viz.dataset.block import Arrays, Series
from lstm_viz.dataset.prepare import chosen_columns
from lstm_viz.dataset.scaling import Scaling
from lstm_viz.errors import DataError

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Seed:
    """The first timesteps of sequences that are to be gone on with.

    Parameters
    ----------
    values : ndarray
        (rows, timesteps, features), as the model reads them, scaled where it reads scaled numbers; or whole
        numbers (rows, timesteps) for tokens.
    columns : tuple of int or None
        The features that the model predicts; None where that follows from their number.
    factor, offset : tuple of float
        For each feature: ``as it is read = as it is predicted · factor + offset``. None for 1 and 0.
    as_features : int or None
        So many past timesteps are read as the features of one timestep; None where timesteps are timesteps.
    future : ndarray or None
        What is known to come after the seed, like ``values``; NaN or -1 where nothing is.
    names : tuple of str
        Of the features.
    no_feedback : str
        Why the data say that the model does not predict the next timestep; empty when they do not.
    """

    values: Array
    columns: tuple[int, ...] | None = None
    factor: tuple[float, ...] = ()
    offset: tuple[float, ...] = ()
    as_features: int | None = None
    future: Array | None = None
    names: tuple[str, ...] = ()
    no_feedback: str = ""

    def __post_init__(self) -> None:
        values = _as_numbers(self.values)
        tokens = values.ndim == 2 and values.dtype.kind in "iu"
        if not tokens and values.ndim != 3:
            raise DataError(
                f"The seed has the shape {values.shape}.",
                "Give (rows, timesteps, features), or whole numbers (rows, timesteps) for tokens.",
            )
        if 0 in values.shape:
            raise DataError(f"The seed is empty: its shape is {values.shape}.", "Give at least one timestep.")
        if tokens and np.abs(values).max() > np.iinfo(np.int32).max:
            raise DataError("A token is larger than 2,147,483,647.", "Number the tokens from 0 on.")
        if not np.isfinite(values).all():
            raise DataError("The seed holds NaN or infinity.", "Give a number for each of its features.")
        object.__setattr__(self, "values", np.asarray(values, np.int32 if tokens else np.float32))
        features = 0 if tokens else values.shape[-1]
        for name, default in (("factor", 1.0), ("offset", 0.0)):
            hint = f"Give one number for each of the {features} features."
            found = listed(getattr(self, name), name, DataError, hint) or (default,) * features
            if len(found) != features:
                raise DataError(f"There are {len(found)} numbers as {name}.", hint)
            object.__setattr__(self, name, found)
        if self.columns is not None:
            columns = listed(self.columns, "columns", DataError, "Give the features that are predicted.")
            columns = tuple(whole(column, "A column", DataError) for column in columns)
            object.__setattr__(self, "columns", columns)
        for column in self.columns or ():
            if column not in range(features):
                raise DataError(
                    f"There is no feature {column} among {features}.", "Features are counted from 0."
                )
        if len(set(self.columns or ())) < len(self.columns or ()):
            raise DataError("A feature is said to be predicted twice.", "Name each of the columns once.")

    @classmethod
    def from_dataset(
        cls, dataset: Dataset, sample: int, timesteps: int | None = None, before: Sequence[int] = ()
    ) -> Seed:
        """Begin with a sample of some data, or with its first timesteps.

        Parameters
        ----------
        dataset : Dataset
        sample : int
        timesteps : int or None
            Of the sample, from its first one on; None for all of them. Where the past is taken as features it
            counts those.
        before : sequence of int
            Samples that are read before it, the first one first, so that their state runs on into it. Of a
            series all that lies between the first of them and the sample is read, each row once.

        Raises
        ------
        DataError
            There is no such sample or timestep, or the data have several inputs.
        """
        of_kind(dataset, Dataset, "The data of a seed", DataError, "Give a lstm_viz.Dataset.")
        sample = whole(sample, "The sample", DataError)
        hint = "Give the samples that are read before it."
        before = listed(before, "before", DataError, hint)
        for one in before:
            whole(one, "A sample before it", DataError, least=0, most=dataset.samples - 1)
        if len(dataset.inputs) != 1:
            raise DataError("The data have several inputs.", "Generation needs a model with a single input.")
        if not 0 <= sample < dataset.samples:
            raise DataError(
                f"There is no sample {sample} among {dataset.samples}.", "Samples are counted from 0."
            )
        if isinstance(dataset.raw, Arrays):
            return _from_arrays(dataset, sample, timesteps, before)
        return _from_series(dataset, sample, timesteps, before)


def _from_arrays(dataset: Dataset, sample: int, timesteps: int | None, before: Sequence[int]) -> Seed:
    sequences = dataset.inputs[0]
    if sequences.ndim == 2 and sequences.dtype.kind == "f":
        raise DataError("The data have no time axis.", "Generation needs sequences.")
    own = [sequences.shape[1]] * len(sequences) if dataset.lengths is None else dataset.lengths.tolist()
    length = _checked(timesteps, own[sample])
    names, targets = dataset.feature_names, dataset.target_names
    known = bool(targets) and set(targets) <= set(names)
    columns = tuple(names.index(name) for name in targets) if known else None
    return _scaled(
        Seed(
            np.concatenate([*(sequences[k, : own[k]] for k in before), sequences[sample, :length]])[None],
            columns,
            future=sequences[sample, length : own[sample]][None],
            names=names,
        ),
        dataset.scaling,
        dataset.target_scaling,
    )


def _from_series(dataset: Dataset, sample: int, timesteps: int | None, before: Sequence[int]) -> Seed:
    assert dataset.origin is not None
    tokens = dataset.inputs[0].dtype.kind in "iu"
    column_values = _columns_over_time(dataset, tokens)
    start, last = (int(k) for k in dataset.origin[sample])
    look_back = last - start + 1
    stop = start + _checked(timesteps, look_back)
    first = int(dataset.origin[before[0], 0]) if len(before) else start
    values, future = column_values[first:stop], column_values[stop : _end_of_sequence(dataset, sample)]
    if tokens:
        values, future = values[:, 0], future[:, 0]
    seed = Seed(
        values[None],
        future=future[None],
        as_features=look_back if dataset.shaping.past_as == "features" else None,
    )
    if not isinstance(dataset.raw, Series) or tokens:
        return replace(seed, names=dataset.feature_names)
    inputs, target = chosen_columns(dataset.raw.table, dataset.shaping)
    names = dataset.raw.table.names
    seed = replace(seed, names=tuple(names[k] for k in inputs))
    if target is not None:
        if target in inputs:
            seed = replace(seed, columns=(inputs.index(target),))
        else:
            read = ", ".join(map(repr, seed.names[:4]))
            reason = f"It predicts {names[target]!r}, which is not among what it reads: {read}."
            seed = replace(seed, no_feedback=reason)
        if dataset.shaping.target_is != "next":
            reason = "Its target is the value at the same timestep, not the next one."
            seed = replace(seed, no_feedback=reason)
    return _scaled(seed, dataset.prepared.scaling, dataset.target_scaling)


def _as_numbers(values: Any) -> Array:
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise DataError(
            "The sequences of the seed differ in length.", "Give every row as many timesteps."
        ) from error
    if array.dtype.kind not in "biuf":
        raise DataError(f"The seed holds {array.dtype} instead of numbers.", "Give real numbers.")
    return array


def _columns_over_time(dataset: Dataset, tokens: bool) -> Array:
    """Return the columns of a series as the model reads them, (time, columns)."""
    prepared = dataset.prepared
    if prepared.sequences is None or not isinstance(dataset.raw, Series):
        return prepared.inputs[0]
    assert prepared.series is not None
    # What is prepared of it is cut into samples already.
    values = prepared.series[:, chosen_columns(dataset.raw.table, dataset.shaping)[0]]
    return values.astype(np.int32) if tokens else prepared.scaling.apply(values)


def _end_of_sequence(dataset: Dataset, sample: int) -> int | None:
    """Return up to where the rows after a sample are known to go on with it; None for the end."""
    if dataset.sequences is None or dataset.origin is None:
        return None
    own = dataset.sequences == dataset.sequences[sample]
    # The row after the last sample, where there is a next value, is of the same sequence.
    has_next = dataset.shaping.look_back is not None and dataset.shaping.target_is == "next"
    return int(dataset.origin[own, 1].max()) + 1 + has_next


def _checked(timesteps: int | None, length: int) -> int:
    if timesteps is not None and not 1 <= whole(timesteps, "timesteps", DataError) <= length:
        raise DataError(
            f"A sample has {length} timesteps; {timesteps} of them cannot be taken.",
            f"Choose 1 to {length}.",
        )
    return length if timesteps is None else timesteps


def _scaled(seed: Seed, inputs: Scaling, outputs: Scaling) -> Seed:
    """Say how a prediction that is scaled like the targets is scaled as an input."""
    if seed.values.ndim == 2:
        return seed
    features = seed.values.shape[-1]
    columns = range(features) if seed.columns is None else seed.columns
    factor, offset = [1.0] * features, [0.0] * features
    read_factor, read_offset = _numbers(inputs, features)
    made_factor, made_offset = _numbers(outputs, len(columns))
    for k, column in enumerate(columns):
        of_input, of_output = (
            (read_factor[column], read_offset[column]),
            (made_factor[k], made_offset[k]),
        )
        if of_input != of_output:  # else exactly 1 and 0
            factor[column] = of_output[0] / of_input[0]
            offset[column] = (of_output[1] - of_input[1]) / of_input[0]
    return replace(seed, factor=tuple(factor), offset=tuple(offset))


def _numbers(scaling: Scaling, columns: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    if scaling.kind == "none":
        return (1.0,) * columns, (0.0,) * columns
    if len(scaling.factor) != columns:
        return scaling.factor[:1] * columns, scaling.offset[:1] * columns
    return scaling.factor, scaling.offset
