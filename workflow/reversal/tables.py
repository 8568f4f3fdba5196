"""Parquet in and out: every table has an entry in the data dictionary, and is held to it both ways.

The dictionary is `workflow/schemas/tables/<table>.yaml`: columns in order, each with type, unit, range and
meaning; labels that are model families say `values: families`. Tables are written under a temporary name and renamed,
so that a killed job leaves no half of one.
"""

import functools
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from reversal import __version__, families, yaml_text
from reversal.errors import ReversalError
from reversal.fingerprint import fingerprint

DICTIONARY = Path(__file__).parent.parent / "schemas" / "tables"
TYPES = {
    "bool": pa.bool_(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "float32": pa.float32(),
    "float64": pa.float64(),
    "label": pa.dictionary(pa.int32(), pa.string()),
    "text": pa.string(),
    "tokens": pa.list_(pa.int32()),
}


@functools.cache
def entry(table: str) -> dict[str, Any]:
    """What the data dictionary says of a table, with the families that there are for `values: families`."""
    stated = stated_entry(table)
    columns = {
        name: column | {"values": list(families.variants())} if column.get("values") == "families" else column
        for name, column in stated["columns"].items()
    }
    return stated | {"columns": columns}


@functools.cache
def stated_entry(table: str) -> dict[str, Any]:
    """What the data dictionary says of a table, in its own words."""
    path = DICTIONARY / f"{table}.yaml"
    if not path.exists():
        raise ReversalError(
            f"table {table!r} is not in the data dictionary; describe it in workflow/schemas/tables/{table}.yaml"
        )
    return yaml_text.load(path.read_text(encoding="utf-8"))


def of_stages(stages: Iterable[str]) -> list[str]:
    """The tables of the dictionary that some stages write."""
    names = sorted(path.stem for path in DICTIONARY.glob("*.yaml"))
    return [name for name in names if stated_entry(name)["stage"] in stages]


def arrow_schema(table: str) -> pa.Schema:
    """The Arrow schema of a table."""
    columns = entry(table)["columns"]
    return pa.schema(
        [
            pa.field(name, TYPES[column["type"]], nullable=column.get("nullable", False))
            for name, column in columns.items()
        ]
    )


def read(path: str | Path, table: str, columns: Iterable[str] | None = None) -> pa.Table:
    """A table from a file, held to the dictionary.

    Raises:
        ReversalError: the file is missing, damaged, or its columns are not the dictionary's.
    """
    entry(table)
    try:
        found = pq.ParquetFile(path).read()  # read_table imports pandas
    except FileNotFoundError:
        raise ReversalError(f"{path}: table {table!r} is not there; run the stage that writes it") from None
    except (pa.ArrowException, OSError) as error:
        raise ReversalError(
            f"{path}: table {table!r} cannot be read ({_first_line(error)}); delete the file and run again"
        ) from None
    return _hold(found, table, path) if columns is None else _hold(found, table, path).select(list(columns))


def read_all(paths: Iterable[str | Path], table: str) -> pa.Table:
    """Several files of one table under one another."""
    return pa.concat_tables(pa.Table.unify_dictionaries(read(path, table)) for path in paths)


def digest(path: str | Path, table: str) -> str:
    """Twelve hex digits for a table's values, whatever wrote the file."""
    found = read(path, table)
    return fingerprint({name: found.column(name).to_pylist() for name in found.column_names})


def write(path: str | Path, table: str, columns: Mapping[str, Any] | pa.Table, **metadata: str) -> None:
    """A table to a file, held to the dictionary, under a temporary name and then renamed.

    Args:
        path: ends in `.parquet`; its folder is made.
        table: name in the dictionary.
        columns: name → values, or an Arrow table.
        metadata: kept in the file beside this package's version, such as the fingerprint.

    Raises:
        ReversalError: columns, types or values are not the dictionary's, or the disk refuses.
    """
    made = columns if isinstance(columns, pa.Table) else _columns(columns, table, path)
    held = _hold(made, table, path)
    held = held.replace_schema_metadata({"table": table, "reversal": __version__, **metadata})
    with replacing(path) as temporary:
        pq.write_table(held, temporary, compression="zstd")


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A temporary name beside `path` that becomes `path` when the block ends well, and goes when it does not.

    Raises:
        ReversalError: the folder cannot be written or the disk is full.
    """
    path = Path(path)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        settle(temporary)
        temporary.replace(path)
    except OSError as error:
        raise ReversalError(
            f"{path}: cannot be written ({error.strerror or error}); "
            "free the disk or mend the folder's rights, and run again"
        ) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def settle(temporary: Path) -> None:
    """To the disk, with the rights that a plainly opened file would have."""
    mask = os.umask(0)
    os.umask(mask)
    temporary.chmod(0o666 & ~mask)
    with temporary.open("rb") as written:
        os.fsync(written.fileno())


def _columns(columns: Mapping[str, Any], table: str, path: str | Path) -> pa.Table:
    schema = arrow_schema(table)
    _same_names(list(columns), schema.names, table, path)
    arrays = []
    for field in schema:
        try:
            arrays.append(_array(columns[field.name], field.type))
        except (pa.ArrowException, OverflowError) as error:
            raise ReversalError(
                f"{path}: table {table!r}, column {field.name!r} does not fit {field.type} ({_first_line(error)})"
            ) from None
    try:
        return pa.Table.from_arrays(arrays, schema=schema)
    except pa.ArrowInvalid as error:
        raise ReversalError(f"{path}: table {table!r} has columns of unequal length ({_first_line(error)})") from None


def _array(values: Any, wanted: pa.DataType) -> pa.Array:
    """Values as an Arrow array; Arrow by itself would cut fractions off a list of numbers."""
    if pa.types.is_integer(wanted):
        found = pa.array(values, from_pandas=True)
        if pa.types.is_floating(found.type):
            return found.cast(wanted)
    return pa.array(values, type=wanted, from_pandas=True)


def _hold(found: pa.Table, table: str, path: str | Path) -> pa.Table:
    """The table with the dictionary's types, or an error naming table, column and file."""
    schema = arrow_schema(table)
    _same_names(found.schema.names, schema.names, table, path)
    for field in schema:
        kind = found.schema.field(field.name).type
        if kind != field.type:
            raise ReversalError(
                f"{path}: table {table!r}, column {field.name!r} is {kind}, and the dictionary says {field.type}"
            )
    found = found.select(schema.names)
    for name, column in entry(table)["columns"].items():
        _in_range(found.column(name), name, column, table, path)
    return pa.Table.from_arrays(found.columns, schema=schema)


def _same_names(found: list[str], wanted: list[str], table: str, path: str | Path) -> None:
    unknown = [name for name in found if name not in wanted]
    missing = [name for name in wanted if name not in found]
    if unknown or missing:
        wrong = f"column {unknown[0]!r} is not in the dictionary" if unknown else f"column {missing[0]!r} is missing"
        raise ReversalError(f"{path}: table {table!r}, {wrong}; its columns are {', '.join(wanted)}")


def _in_range(values: pa.ChunkedArray, name: str, column: Mapping[str, Any], table: str, path: str | Path) -> None:
    where = f"{path}: table {table!r}, column {name!r}"
    if not column.get("nullable", False):
        empty = pc.sum(pc.is_null(values, nan_is_null=True)).as_py()
        if empty:
            raise ReversalError(f"{where} has {empty} empty values, and the dictionary allows none")
    if "values" in column:
        strange = set(pc.unique(values.cast(pa.string())).to_pylist()) - set(column["values"]) - {None}
        if strange:
            raise ReversalError(f"{where} says {sorted(strange)[0]!r}; one of: {', '.join(column['values'])}")
    if ("minimum" in column or "maximum" in column) and len(values):
        ends = pc.min_max(values)
        low, high = ends["min"].as_py(), ends["max"].as_py()
        if low is not None and low < column.get("minimum", low):
            raise ReversalError(f"{where} has {low}, below {column['minimum']}")
        if high is not None and high > column.get("maximum", high):
            raise ReversalError(f"{where} has {high}, above {column['maximum']}")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
