"""The ingest of files, without the command line."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from trapdb.configuration.keys import Configuration
from trapdb.ingest.loop import Ingest
from trapdb.ingest.outcome import StepReport
from trapdb.ingest.placing import place
from trapdb.ingest.run import Run
from trapdb.measuring.workers import Workers


def ingest(
    conn: Any, name: str, configuration: Configuration, paths: Sequence[Path], workers: int = 1
) -> Iterator[tuple[StepReport, Run]]:
    """Ingest files with so many workers; yield each time step with the run."""
    with Workers(workers, 2 * workers + configuration.null_detection.backfill) as executor:
        steps, _ = place([str(path) for path in paths], configuration, executor)
        with Run(conn, name, configuration, "benchmark") as run:
            ingest = Ingest(run, executor)
            for report in ingest.take(steps, executor.images_in_memory):
                yield report, run
