"""Sequences shaped ``[samples, timesteps, features]``, and how they came about."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lstm_viz.checking import of_kind
from lstm_viz.dataset.block import Block, cut, shape
from lstm_viz.dataset.fit import InputShape, mismatch, order
from lstm_viz.dataset.fitting import fitting_hint, fitting_shaping
from lstm_viz.dataset.folder import damaged, open_folder, save_folder
from lstm_viz.dataset.lengths import one_each, padded, padded_targets, real_numbers
from lstm_viz.dataset.raw import Arrays, Raw, Series
from lstm_viz.dataset.reading import Progress, number_text, read_raw, several
from lstm_viz.dataset.relation import Relation, extents, relation
from lstm_viz.dataset.shaping import Missing, Shaping
from lstm_viz.dataset.summary import length_words, summary
from lstm_viz.dataset.table import table_of, text_names
from lstm_viz.errors import DataError

ArrayLike = Any


@dataclass(frozen=True, eq=False)
class Dataset(Block):
    """Samples for a model, made by one of the ``from_…`` methods.

    Attributes
    ----------
    inputs : tuple of array
        One per model input, samples first: float32 (samples, timesteps, features) or (samples, features),
        or int32 tokens (samples, timesteps). Read-only; windows of a series are views of it.
    targets : tuple of array
        Empty when unknown; (samples, values) or (samples, timesteps, values), scaled like their column.
    input_names, feature_names, target_names : tuple of str
        Names of the inputs, of the first input's features (none for tokens), and of the targets.
    token_names, class_names : tuple of str
        Text of each token number, and of each class that the targets number; may be empty.
    series : array or None
        (time, columns), unscaled: the numeric columns that the samples were cut from.
    column_names : tuple of str
        Of the series.
    origin : array or None
        int64 (samples, 2): first and last time index of the series that each sample covers. None when
        the samples are separate sequences.
    lengths : array or None
        int64 (samples,): timesteps of each sample, where they differ from those of the arrays; what lies past
        them is padding. None where there is no padding.
    sequences : array or None
        int64 (samples,): number of the sequence that each sample belongs to, where the data say so.
    scaling, target_scaling : Scaling
        What was applied to the first input and to the targets.
    shaping : Shaping
    source : str
        File name, or another name for where the data come from.
    notes : tuple of str
        What was assumed or left out on reading, in plain words.
    raw : Series, Arrays or Tokens
        The data before shaping, so that another shaping needs no second reading.
    prepared : Prepared
        The numbers that the samples are views of.
    """

    @classmethod
    def from_arrays(
        cls,
        inputs: ArrayLike | Sequence[ArrayLike] | Mapping[str, ArrayLike],
        targets: ArrayLike | Sequence[ArrayLike] | Mapping[str, ArrayLike] | None = None,
        *,
        names: Sequence[str] | None = None,
        target_names: Sequence[str] | None = None,
        token_names: Sequence[str] = (),
        class_names: Sequence[str] = (),
        lengths: ArrayLike | None = None,
        sequences: ArrayLike | None = None,
        source: str = "arrays",
        shaping: Shaping | None = None,
    ) -> Dataset:
        """Take ready-made samples.

        Parameters
        ----------
        inputs : array, or list, tuple or dict of arrays
            (samples, timesteps, features), (samples, features), or whole numbers (samples, timesteps) for
            tokens. A list, tuple or dict of arrays holds one per model input.
        targets : like `inputs`, optional
            Stay as they are, whatever the scaling.
        names : sequence of str, optional
            Of the features of the first input.
        target_names, token_names, class_names : sequence of str
        lengths : array of int, optional
            Timesteps of each sample, where they differ: what lies past them is padding. NaN there becomes 0.
        sequences : array, optional
            A number or text for each sample: those with the same one are parts of one sequence, in order.
        source : str
            For the summary and for messages.
        shaping : Shaping, optional
            Only its scaling applies, to the first input.

        Raises
        ------
        DataError
            For numbers of samples that differ, too few axes, and for NaN or infinity, with its position.

        Examples
        --------
        >>> import numpy as np
        >>> from lstm_viz import Dataset
        >>> data = Dataset.from_arrays(np.zeros((8, 5, 2)), names=["speed [m/s]", "load"])
        >>> data
        <Dataset: 8 samples × 5 timesteps × 2 features, from arrays>
        >>> data.units
        ('m/s', '')
        """
        raw = Arrays(
            several(inputs, "x"),
            {} if targets is None else several(targets, "y"),
            source,
            None if names is None else text_names(names, "names"),
            None if target_names is None else text_names(target_names, "target_names"),
            text_names(token_names, "token_names"),
            text_names(class_names, "class_names"),
            lengths=None if lengths is None else one_each(lengths, "lengths"),
            sequences=None if sequences is None else one_each(sequences, "sequences"),
        )
        return cls._shaped(raw, shaping or Shaping())

    @classmethod
    def from_sequences(
        cls,
        sequences: Sequence[ArrayLike],
        targets: ArrayLike | Sequence[ArrayLike] | None = None,
        *,
        each_timestep: bool | None = None,
        padding: float = 0.0,
        source: str = "sequences",
        **names: Any,
    ) -> Dataset:
        """Take sequences of different lengths, one for each sample.

        Parameters
        ----------
        sequences : sequence of array
            (timesteps, features), or (timesteps,): of one feature, or tokens where they are whole numbers.
        targets : array or sequence of array, optional
            One value or row for each sample, or for each a sequence as long as its input: (timesteps,) or
            (timesteps, values).
        each_timestep : bool or None
            Whether the targets are such sequences. None finds out: they are if every one is as long as its
            input. Where all inputs have one length and each target is that many values, it could be either,
            and has to be said.
        padding : float
            What follows the end of each sequence in :attr:`inputs`: a run over the padding reads it, and a
            mask of the model looks for it.
        source : str
        **names
            ``names``, ``target_names``, ``token_names``, ``class_names`` and ``shaping``, as for
            :meth:`from_arrays`.

        Raises
        ------
        DataError
            For an empty sequence, for sequences that differ in more than their length, and for targets that
            could be one row for each sample or one value for each timestep.

        Examples
        --------
        >>> from lstm_viz import Dataset
        >>> Dataset.from_sequences([[0.1, 0.2, 0.3], [0.4]], [1, 0])
        <Dataset: 2 samples × 1 … 3 timesteps × 1 feature, from sequences>
        """
        x, lengths = padded(sequences, padding, source)
        y = None if targets is None else padded_targets(targets, lengths, each_timestep, source)
        return cls.from_arrays(x, y, lengths=lengths, source=source, **names)

    @classmethod
    def from_series(
        cls,
        values: ArrayLike,
        shaping: Shaping | None = None,
        *,
        names: Sequence[str] | None = None,
        source: str = "a series",
        missing: Missing = "refuse",
    ) -> Dataset:
        """Cut a series into samples.

        Parameters
        ----------
        values : array
            (time,) or (time, columns); NaN stands for a missing value.
        shaping : Shaping, optional
            Without one the series is one sample of all its timesteps.
        names : sequence of str, optional
            Of the columns.
        source : str
        missing : {"refuse", "interpolate", "drop"}
            What to do about missing values in the columns that are used.

        Raises
        ------
        DataError
            For a series that is too short, unknown columns and values that are missing or infinite.

        Examples
        --------
        Three rows of the past, and the one after them to predict:

        >>> from lstm_viz import Dataset
        >>> from lstm_viz.dataset import Shaping
        >>> data = Dataset.from_series([1.0, 2.0, 4.0, 8.0, 16.0], Shaping(look_back=3))
        >>> data.inputs[0][..., 0]
        array([[1., 2., 4.],
               [2., 4., 8.]], dtype=float32)
        >>> data.targets[0]
        array([[ 8.],
               [16.]], dtype=float32)
        """
        return cls._shaped(Series(table_of(values, names, source), missing), shaping or Shaping())

    @classmethod
    def from_file(
        cls,
        path: str | Path,
        shaping: Shaping | None = None,
        *,
        missing: Missing = "refuse",
        header: bool | None = None,
        progress: Progress | None = None,
    ) -> Dataset:
        """Read a file of data.

        Parameters
        ----------
        path : str or Path
            ``.csv``, ``.tsv``, ``.txt``: a series, one row per timestep; delimiter, header, decimal sign and
            encoding are found out. ``.npy`` with one or two axes: a series (whole numbers on two axes are
            tokens unless there is a look-back); with three: samples. ``.npz``: inputs x (or x0, x1, …),
            targets y (or y0, y1, …), and optionally ``lengths`` (samples,), ``sequence`` with the id of each
            sample or row, ``feature_names``, ``target_names``, ``class_names``, ``token_names``. Python
            objects in them are never opened.
        shaping : Shaping, optional
        missing : {"refuse", "interpolate", "drop"}
        header : bool, optional
            Whether the first row of a text table holds names; None finds out.
        progress : callable, optional
            Called with the fraction done, 0 to 1; an exception from it ends the reading and is passed on.

        Raises
        ------
        DataError
            Naming the file, and row and column where that is the trouble.

        Examples
        --------
        >>> from lstm_viz import Dataset
        >>> from lstm_viz.dataset import Shaping
        >>> from lstm_viz.examples import example
        >>> Dataset.from_file(example("wave").data_path, Shaping(look_back=24, scaling="min-max")).timesteps
        24
        """
        shaping = shaping or Shaping()
        return cls._shaped(read_raw(Path(path), shaping, missing, header, progress), shaping)

    @classmethod
    def from_text(
        cls,
        text: str,
        vocabulary: Sequence[str] | Mapping[str, int] | None = None,
        look_back: int | None = None,
        *,
        stride: int = 1,
        one_hot: bool = False,
        source: str = "a text",
    ) -> Dataset:
        """Make samples of the characters of a text, each followed by the character to predict.

        Parameters
        ----------
        text : str
        vocabulary : sequence of str, or mapping of str to int, optional
            The characters in the order of their token numbers, or their numbers; None takes those of the
            text, sorted.
        look_back : int, optional
            Characters in one sample; None makes the text one sample, without a target.
        stride : int
        one_hot : bool
            float32 (samples, timesteps, tokens) instead of int32 (samples, timesteps).
        source : str

        Raises
        ------
        DataError
            Naming line and column of a character that the vocabulary lacks.

        Examples
        --------
        >>> from lstm_viz import Dataset
        >>> data = Dataset.from_text("abcab", look_back=3)
        >>> data.inputs[0]
        array([[0, 1, 2],
               [1, 2, 0]], dtype=int32)
        >>> [data.token_names[token] for token in data.targets[0][:, 0].astype(int)]
        ['a', 'b']
        """
        raw = number_text(text, vocabulary, one_hot, source)
        return cls._shaped(raw, Shaping(look_back=look_back, stride=stride))

    @classmethod
    def open(cls, folder: str | Path) -> Dataset:
        """Open what :meth:`save` wrote. No number is read or copied: all are mapped from the files.

        Raises
        ------
        DataError
            For a folder that is incomplete or damaged.
        """
        try:
            return cls(**vars(cut(*open_folder(Path(folder)))))
        except (LookupError, TypeError, ValueError) as error:  # parts that do not fit one another
            raise damaged(Path(folder), error) from error

    def save(self, folder: str | Path, progress: Progress | None = None) -> None:
        """Write the data and their samples to a folder, for another process to :meth:`open`.

        Parameters
        ----------
        folder : str or Path
        progress : callable, optional
            Called with the fraction done, 0 to 1; an exception from it ends the writing and is passed on.
            The folder is then incomplete.

        Raises
        ------
        DataError
            When the folder cannot be written.
        """
        save_folder(self.raw, self.shaping, self.prepared, Path(folder), progress)

    @classmethod
    def _shaped(cls, raw: Raw, shaping: Shaping) -> Dataset:
        of_kind(shaping, Shaping, "A shaping", DataError, "Give lstm_viz.dataset.Shaping(…).")
        return cls(**vars(shape(raw, shaping)))

    def __reduce__(self) -> tuple[Any, ...]:
        # Overlapping windows would be written out one by one: send what they are cut from.
        return Dataset._shaped, (self.raw, self.shaping)

    def reshaped(self, shaping: Shaping | None = None, *, missing: Missing | None = None) -> Dataset:
        """Shape the same data otherwise, without reading them again."""
        raw = self.raw
        if missing is not None and isinstance(raw, Series):
            raw = replace(raw, missing=missing)
        return Dataset._shaped(raw, shaping or self.shaping)

    @property
    def samples(self) -> int:
        """Number of samples."""
        return len(self.inputs[0])

    @property
    def _sequence(self) -> np.ndarray | None:
        for array in self.inputs:
            if array.ndim >= 3 or array.dtype.kind in "iu":
                return array
        return None

    @property
    def timesteps(self) -> int | None:
        """Timesteps of the first input that has a time axis, padding included; None if there is none."""
        return None if self._sequence is None else self._sequence.shape[1]

    @property
    def features(self) -> int | None:
        """Features of the first input; None for tokens."""
        return None if self.inputs[0].dtype.kind in "iu" else self.inputs[0].shape[-1]

    @property
    def units(self) -> tuple[str, ...]:
        """Unit of measure of each feature, where its name ends in one: "speed [m/s]"; otherwise empty."""
        found = (re.search(r"\[([^\]]+)\](?: t(?:-\d+)?)?$", name) for name in self.feature_names)
        return tuple(match.group(1) if match else "" for match in found)

    @functools.cached_property
    def extents(self) -> np.ndarray | None:
        """First and last place of each sample in its series or sequence, (samples, 2).

        That is :attr:`origin`; of ready-made samples their place among those of their sequence. None for
        separate sequences.
        """
        return extents(self)

    def relation(self, a: int, b: int) -> Relation | None:
        """How sample `b` lies to sample `a` in the series.

        Returns
        -------
        {"continues", "overlaps", "skips", "goes back"} or None
            "continues": `b` starts right after `a` ends. "overlaps": it starts later than `a`, and reads some
            rows again. "skips": rows in between are in neither. "goes back": it starts no later than `a`.
            None for separate sequences. Samples that are known to be parts of one sequence follow one another
            in their order. Where the past is taken as features, a sample is one timestep, and
            the next one continues it unless rows are skipped.
        """
        return relation(self, a, b)

    def continues(self, a: int, b: int) -> bool | None:
        """Whether sample `b` goes on exactly where `a` ended; None for separate sequences."""
        relation = self.relation(a, b)
        return None if relation is None else relation == "continues"

    def unscale_inputs(self, values: ArrayLike) -> np.ndarray:
        """Bring values of the first input, (..., features), back to the units of the data."""
        return self.scaling.undo(real_numbers(values))

    def unscale_targets(self, values: ArrayLike) -> np.ndarray:
        """Bring targets or predictions of any shape back to the units of the target column."""
        return self.target_scaling.undo(real_numbers(values))

    def inputs_for(self, input_names: Sequence[str] | None = None) -> tuple[np.ndarray, ...]:
        """Give the inputs in a model's order: by name where all names agree, otherwise as they are."""
        return tuple(self.inputs[k] for k in order(self.input_names, input_names))

    def check(
        self,
        input_shapes: Sequence[InputShape],
        input_names: Sequence[str] | None = None,
        integer_inputs: Collection[int] = (),
    ) -> None:
        """Refuse data that do not fit a model.

        Parameters
        ----------
        input_shapes : sequence of tuple
            One per model input, samples first, None for any size: ``[(None, 3, 1)]``.
        input_names : sequence of str, optional
        integer_inputs : collection of int
            Positions of the inputs that take tokens.

        Raises
        ------
        DataError
            Saying both shapes in words, with a hint what to change.
        """
        wrong = mismatch(self.inputs_for(input_names), input_shapes, input_names, integer_inputs)
        if wrong is not None:
            raise DataError(wrong, fitting_hint(self, input_shapes, input_names, integer_inputs))

    def suggest(
        self,
        input_shapes: Sequence[InputShape],
        input_names: Sequence[str] | None = None,
        integer_inputs: Collection[int] = (),
    ) -> Shaping | None:
        """Find the smallest change of look-back, columns or past that fits a model; None if there is none.

        Parameters are those of :meth:`check`.
        """
        return fitting_shaping(self, input_shapes, input_names, integer_inputs)

    @property
    def length_words(self) -> str:
        """Shortest and longest sample: "3 … 12", or "7" where all have as many timesteps."""
        return length_words(self)

    @property
    def summary(self) -> str:
        """One line: sizes, source, columns, look-back, stride, scaling."""
        return summary(self)

    def __repr__(self) -> str:
        return f"<Dataset: {self.summary}>"
