"""The progress of an ingest: a bar on a terminal, a line per time step in a log, or JSON."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import click

from trapdb.cli.log import json_line, showing
from trapdb.ingest.outcome import Fate, Filled, Outcome, StepReport, Summary
from trapdb.paths import printable

# Fates that are reported image by image; images that are known already are only counted.
_NEWS = (Fate.REJECTED, Fate.UNREADABLE, Fate.LATE, Fate.AMBIGUOUS, Fate.DROPPED)


class Progress(Protocol):
    """Shows what happens."""

    def say(self, text: str, /, event: str = "note", **facts: object) -> None:
        """Show a line that stays; event and facts are for programs that read the log."""

    def expect(self, total: int, /) -> None:
        """Tell how many images there are in all, once that is known."""

    def advance(self, images: int, text: str, /, event: str = "step", **facts: object) -> None:
        """Count images that are done; the text describes the last time step."""


@contextmanager
def progress(total: int | None, as_json: bool = False) -> Iterator[Progress]:
    """Show the progress on standard error, out of `total` images if that is known.

    The log of the work is shown with it.
    """
    with _display(total, as_json) as shown, showing(shown.say):
        yield shown


@contextmanager
def _display(total: int | None, as_json: bool) -> Iterator[Progress]:
    if as_json:
        yield _JsonLog()
        return
    if not sys.stderr.isatty():
        yield _Log()
        return

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = [BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]
    last_step = TextColumn("{task.description}", markup=False)
    with Bar(*columns, last_step, console=Console(stderr=True), transient=True) as bar:
        yield _Bar(bar, bar.add_task("", total=total))


class _Log:
    def say(self, text: str, /, event: str = "note", **facts: object) -> None:
        click.echo(text, err=True)

    def expect(self, total: int, /) -> None:
        pass

    def advance(self, images: int, text: str, /, event: str = "step", **facts: object) -> None:
        self.say(text)


class _JsonLog:
    def say(self, text: str, /, event: str = "note", **facts: object) -> None:
        click.echo(json_line(text, event, **facts), err=True)

    def expect(self, total: int, /) -> None:
        pass

    def advance(self, images: int, text: str, /, event: str = "step", **facts: object) -> None:
        self.say(text, event, **facts)


@dataclass
class _Bar:
    bar: Any
    task: Any

    def say(self, text: str, /, event: str = "note", **facts: object) -> None:
        self.bar.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def expect(self, total: int, /) -> None:
        self.bar.update(self.task, total=total)

    def advance(self, images: int, text: str, /, event: str = "step", **facts: object) -> None:
        self.bar.update(self.task, advance=images, description=text)


def refusals(images: list[Outcome]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield a line for each image that is not taken, and the facts for programs."""
    for image in images:
        if image.fate in _NEWS:
            facts = {"path": image.path, "fate": str(image.fate), "reason": image.reason}
            yield printable(f"{image.fate}: {image.path}: {image.reason}"), facts


def counted(number: int, what: str) -> str:
    """Return a number with its noun, in the plural where needed."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def changes_line(changes: Iterable[tuple[int, str]]) -> str:
    """Return a line that counts the positions that were added, changed or unchanged."""
    count = Counter(change for _, change in changes)
    told = [f"{count[change]} {change}" for change in ("added", "changed", "unchanged")]
    return f"monitored positions: {', '.join(told)}"


def losses(filled: Iterable[Filled]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield a line for each image that could not be read again, and the facts for programs."""
    for image in filled:
        if image.trouble:
            points = counted(len(image.missing), "point")
            reason = f"{image.trouble}; without it {points} cannot be filled in"
            yield (
                printable(f"lost: {image.path}: {reason}"),
                {"path": image.path, "fate": "lost", "reason": reason},
            )


def step_line(step: StepReport) -> str:
    """Return the line of a time step."""
    taken = sum(image.fate == Fate.TAKEN for image in step.images)
    known = sum(image.fate == Fate.KNOWN for image in step.images)
    parts = [f"{taken} of {len(step.images)} images"]
    if taken:
        parts += [f"{step.measurements} measurements", f"{step.new_sources} new sources"]
        parts += [f"{step.forced} forced fits"]
        backfilled = sum(image.points for image in step.filled)
        parts += [f"{backfilled} back-filled"] if backfilled else []
    if known:
        parts += [f"{known} known already"]
    if step.latency:
        parts += [f"{max(step.latency):.1f} s after they came"]
    return f"{step.taken_at:%Y-%m-%d %H:%M:%S}  {', '.join(parts)}"


def step_facts(step: StepReport) -> dict[str, Any]:
    """Return the facts of a time step, for programs."""
    return asdict(step)


def summary_facts(summary: Summary, sources: int, seconds: float) -> dict[str, Any]:
    """Return the facts of a run, for programs."""
    return {
        "dataset": summary.dataset,
        "images": {str(fate): count for fate, count in summary.fates.items()},
        "measurements": summary.measurements,
        "forced": summary.forced,
        "backfilled": summary.backfilled,
        "sources": sources,
        "new_sources": summary.new_sources,
        "unused_rows": summary.unused_rows,
        "seconds": seconds,
        "timings": summary.timings,
    }


def unused_lines(summary: Summary) -> Iterator[str]:
    """Yield lines on the rows of source lists that are not used, with the reasons."""
    for reason, count in summary.unused_rows.items():
        yield f"source lists: {counted(count, 'row')} {reason}"


def lone_stokes_lines(summary: Summary) -> Iterator[str]:
    """Yield lines on images that lack another Stokes parameter beside them, with what follows."""
    for reason, count in sorted(summary.lone_stokes.items()):
        yield f"{counted(count, 'image')} {reason}"


def lone_band_lines(bands: Sequence[Any]) -> Iterator[str]:
    """Yield a line on bands with images of one time only, if drifting frequencies made them."""
    if len({band.taken_at for band in bands}) < 2:
        return
    low, high = (end(band.freq_central for band in bands) for end in (min, max))
    yield (
        f"{len(bands)} bands hold images of one time only, so that nothing can vary in them: the "
        f"images tell no bandwidth, and are at {low:.10g} to {high:.10g} Hz; to put them into one "
        f"band, ingest into another data set with bandwidth_max = {2 * (high - low):.10g} under "
        "[image] of the configuration"
    )


def stopped_line(summary: Summary) -> str:
    """Return a line that says where an interrupted run stopped."""
    step = summary.last_step
    where = f"after time step {step:%Y-%m-%d %H:%M:%S}" if step else "before its first time step"
    return f"stopped {where}; the same command goes on from there ({summary.dataset})"


def summary_lines(summary: Summary, sources: int, seconds: float) -> Iterator[str]:
    """Yield the lines of a run's summary."""
    count = summary.fates
    yield f"data set {summary.dataset}: {count[Fate.TAKEN]} of {count.total()} images taken"
    if count and count[Fate.KNOWN] == count.total():
        yield "nothing to do: every image is in the data set already"
    for fate, what in {
        Fate.KNOWN: "in the data set already",
        Fate.REJECTED: "rejected by quality control",
        Fate.UNREADABLE: "not readable as an image of a time, frequency and place",
        Fate.LATE: "too late",
        Fate.AMBIGUOUS: "ambiguous: several of one time, band, Stokes parameter and region",
        Fate.DROPPED: "dropped: they came faster than they are taken, or could not be written",
    }.items():
        if not count[fate]:
            continue
        yield f"  {count[fate]} {what}"
        if fate in _NEWS:
            examples = summary.examples[fate]
            yield from (printable(f"    {image.path}: {image.reason}") for image in examples)
            if count[fate] > len(examples):
                yield "    ... (trapdb export rejection has all)"
    yield (
        f"  {sources} sources ({summary.new_sources} new), {summary.measurements} measurements, "
        f"{summary.forced} forced fits, {summary.backfilled} back-filled points"
    )
    if latencies := sorted(summary.latencies):
        yield (
            f"  latency of the last {counted(len(latencies), 'image')}: median "
            f"{latencies[len(latencies) // 2]:.1f} s, largest {latencies[-1]:.1f} s"
        )
    stages = ", ".join(f"{name} {value:.2f}" for name, value in summary.timings.items())
    yield f"  {seconds:.1f} s ({stages})" if stages else f"  {seconds:.1f} s"
