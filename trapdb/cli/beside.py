"""Differences beside an ingest that goes on: ``trapdb difference``, again for what came since."""

import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trapdb.configuration.keys import Difference

ENTRY = "from trapdb.cli import main; main()"


class Differences:
    """Runs ``trapdb difference`` in a process of its own while images come, one at a time.

    What it says goes where errors go. Ctrl-C ends the ingest, and not the process: at the end the
    differences are waited for, of all images that came.

    Parameters
    ----------
    name : str
        The data set.
    wanted : Difference
        Without a folder nothing is run.
    log_json : bool
    database : str, optional
        URL; as everywhere by default.
    """

    def __init__(
        self, name: str, wanted: "Difference", log_json: bool, database: str | None
    ) -> None:
        self._command: list[str] = []
        if wanted.output is not None:
            self._command = [sys.executable, "-c", ENTRY, "difference", name]
            self._command += ["-o", str(Path(wanted.output).resolve())]
            if wanted.deep_image is not None:
                self._command += ["--reference", wanted.deep_image]
            if wanted.threshold is not None:
                self._command += ["--detection-threshold", str(wanted.threshold)]
            self._command += ["--log-json"] * log_json
        # a URL may hold a password, and commands can be seen by everybody
        self._environment = os.environ | ({"TRAPDB_DATABASE_URL": database} if database else {})
        self._process: subprocess.Popen[bytes] | None = None
        self._images = 0
        self._waiting = False

    def came(self, images: int) -> None:
        """Tell that so many images came; those of the last time step are waited for no longer."""
        self._images += images
        self._waiting = self._waiting or images > 0
        if self._process is None or self._process.poll() is not None:
            self._start()

    def _start(self) -> None:
        # the first image has nothing that it could be subtracted from
        if self._command and self._waiting and self._images > 1:
            self._waiting = False
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=sys.__stderr__,
                start_new_session=True,
            )

    def __enter__(self) -> "Differences":
        """Begin; nothing runs yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Wait for the differences of what came; once more interrupted, end them."""
        try:
            if self._process is not None:
                self._process.wait()
            self._start()
            if self._process is not None:
                self._process.wait()
        finally:
            if self._process is not None and self._process.poll() is None:
                self._process.terminate()
                self._process.wait()
