"""Values of requests as ADQL writes them, so that they stay values."""


def text(value: str) -> str:
    """Return a text as ADQL writes it."""
    return "'" + value.replace("'", "''") + "'"


def number(value: float) -> str:
    """Return a finite number as ADQL writes it, to the last bit."""
    return repr(float(value))
