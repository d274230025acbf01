"""What a file of any format is when it is open: columns by name, read block by block."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from trapdb.errors import TrapdbError

# Rows that are read, converted and copied at a time: some ten megabytes.
BLOCK = 50_000

Block = dict[str, Any]


@dataclass(frozen=True)
class OpenTable:
    """A table that is open.

    Attributes
    ----------
    names : sequence of str
        Its columns.
    blocks : callable
        Takes names of columns; yields up to `BLOCK` rows of them at a time, arrays by name.
        What is not there is masked, or the empty text.
    units : dict of str to str
        Units that the table states, by column.
    """

    names: Sequence[str]
    blocks: Callable[[Sequence[str]], Iterator[Block]]
    units: dict[str, str] = field(default_factory=dict)


class NotATable(ValueError):
    """A file that is not what it began like; the text says why."""


@contextmanager
def as_damaged() -> Iterator[None]:
    """Report a damaged file, for which a library can raise nearly any error."""
    try:
        yield
    except (TrapdbError, NotATable):
        raise
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise NotATable(f"it is damaged ({reason})") from error
