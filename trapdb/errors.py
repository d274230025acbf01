"""Errors that are no fault of the program, each reported in one line.

Every message names what is wrong, where, and what to do about it. The command line prints it
without a traceback and exits with status 2.
"""


class TrapdbError(Exception):
    """A mistake or a state that the user can put right; its text is the line to show."""


class ConfigurationError(TrapdbError):
    """A configuration file or option that does not make sense."""


class InputError(TrapdbError):
    """A path, name or value given on the command line that leads nowhere."""


class DatabaseError(TrapdbError):
    """A database that cannot be reached, or that refuses what was asked of it."""


class NoRoom(DatabaseError):
    """A private server that cannot start because its disk is full."""


class ServiceError(TrapdbError):
    """A service of the web that cannot be reached, or that refuses what was asked of it.

    Attributes
    ----------
    address : str
        Its address.
    trouble : str
        What is the matter, in one line.
    """

    def __init__(self, address: str, trouble: str) -> None:
        super().__init__(address, trouble)
        self.address = address
        self.trouble = trouble

    def __str__(self) -> str:
        """Return the line to show."""
        return f"{self.address}: {self.trouble}"


class LateImage(TrapdbError):
    """An image taken before the last time step that its data set has closed."""


class TakenBack(DatabaseError):
    """A database that lacks what a run had stored or found in it."""


class StepFailed(TrapdbError):
    """A time step that was rolled back; those before it are kept."""


class SideBySide(TrapdbError):
    """Images of one time step of which no more than one can be meant.

    Attributes
    ----------
    groups : list of list of str
        Their paths: those of one band, Stokes parameter, sky region and duration together.
    """

    def __init__(self, groups: list[list[str]]) -> None:
        super().__init__("; ".join(" ".join(group) for group in groups))
        self.groups = groups


class ImageLost(TrapdbError):
    """An image that was measured, and cannot be measured again: its file is gone or has changed.

    Attributes
    ----------
    path : str
        Its file, or the plane of it.
    trouble : str
        What is the matter with it, without its path.
    """

    def __init__(self, path: str, trouble: str) -> None:
        super().__init__(path, trouble)  # as given, so that it can travel between processes
        self.path = path
        self.trouble = trouble

    def __str__(self) -> str:
        """Return the line to show."""
        return f"{self.path}: {self.trouble}"


class AdqlError(TrapdbError):
    """A query in ADQL that makes no sense, or asks for what is not there or not allowed.

    Attributes
    ----------
    text : str
        What is the matter, in one line.
    line, column : int
        Where in the query, counted from 1.
    """

    def __init__(self, text: str, line: int, column: int) -> None:
        super().__init__(text, line, column)
        self.text = " ".join(text.split())
        self.line = line
        self.column = column

    def __str__(self) -> str:
        """Return the line to show."""
        return f"line {self.line}, column {self.column}: {self.text}"


class AlertError(TrapdbError):
    """An alert that cannot be read, or makes no sense; the text says why, without its sender."""
