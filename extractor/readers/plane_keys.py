"""The keys of the planes of a file, and which planes have none."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime

from extractor.errors import ImageError
from extractor.readers.metadata import ImageKey, KeyReader
from extractor.readers.opened import Opened
from extractor.readers.planes import Plane, Planes

CUT_OFF = "truncated: the file ends before them"
BACKWARDS = "their times go backwards, or stand still, from plane to plane"


def read_plane_keys(
    opened: Opened, found: Planes, *, whole: bool
) -> tuple[list[ImageKey], list[ImageError]]:
    """Read the keys of planes from the header of their file.

    Parameters
    ----------
    opened : Opened
    found : Planes
    whole : bool
        Whether the file is all there is, and not its beginning alone.

    Returns
    -------
    list of ImageKey
    list of ImageError
        Why others have none: they are missing in a file that breaks off, or nobody knows when they
        were taken. One for each row of planes of which the same is true.
    """
    reader = KeyReader(opened.get)
    if found.count == 1:
        return [reader.read(found.chosen(None))], []
    keys: list[tuple[Plane, ImageKey]] = []
    reasons: dict[int, str] = {}
    for number in range(found.count):
        try:
            plane = found.plane(number)
            if plane is None:
                continue
            if whole and not found.is_there(plane):
                reasons[number] = CUT_OFF
                continue
            keys.append((plane, reader.read(plane)))
        except ImageError as error:
            reasons[number] = str(error).removeprefix(f"{found.path}[{number}]: ")
    in_order = _in_order({plane.time: key.taken_at for plane, key in keys})
    for plane, _ in keys:
        if plane.time not in in_order:
            reasons[plane.number] = BACKWARDS
    kept = [key for plane, key in keys if plane.time in in_order]
    return kept, _grouped(found.path, reasons)


def _in_order(times: dict[int, datetime]) -> set[int]:
    """Return the places along the axis of times of which each is later than the one before.

    They are as many as there can be: a longest increasing subsequence.
    """
    places = sorted(times)
    last: list[datetime] = []  # of the best run of each length, the time that it ends with
    ends: list[int] = []
    before: dict[int, int | None] = {}
    for place in places:
        length = bisect_left(last, times[place])
        before[place] = ends[length - 1] if length else None
        last[length : length + 1] = [times[place]]
        ends[length : length + 1] = [place]
    run: set[int] = set()
    at = ends[-1] if ends else None
    while at is not None:
        run.add(at)
        at = before[at]
    return run


def _grouped(path: str, reasons: dict[int, str]) -> list[ImageError]:
    groups: list[tuple[str, list[int]]] = []
    for number in sorted(reasons):
        if groups and groups[-1][0] == reasons[number] and groups[-1][1][-1] == number - 1:
            groups[-1][1].append(number)
        else:
            groups.append((reasons[number], [number]))
    return [ImageError(f"{path}: {_named(numbers)}: {reason}") for reason, numbers in groups]


def _named(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"plane {numbers[0]}"
    return f"planes {numbers[0]} to {numbers[-1]}"
