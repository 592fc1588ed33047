"""Parquet: a line for each unit at each timestep, column by column and compressed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lstm_viz.export.choice import Choice
from lstm_viz.export.extras import need
from lstm_viz.export.tables import dtypes, pieces


def write(choice: Choice, path: Path, progress: Callable[[float], None]) -> None:
    """Write the table, piece by piece."""
    arrow = need("pyarrow", "parquet", "A Parquet file")
    parquet = need("pyarrow.parquet", "parquet", "A Parquet file")
    types = dtypes(choice)
    kind = arrow.dictionary(arrow.int16(), arrow.string())
    schema = arrow.schema(
        [("layer", kind), *((name, arrow.from_numpy_dtype(dtype)) for name, dtype in types.items())]
    )
    with path.open("xb") as file, parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for layer, columns in pieces(choice, progress):
            length = len(columns["unit"])
            layers = arrow.DictionaryArray.from_arrays(arrow.array([0] * length, arrow.int16()), [layer])
            values = [arrow.array(columns[name].astype(dtype, copy=False)) for name, dtype in types.items()]
            writer.write_table(arrow.Table.from_arrays([layers, *values], schema=schema))
