"""The form in which radio transients are told in JSON: its schema, and an example."""

from importlib.resources import files


def text_of(name: str) -> str:
    """Return ``schema`` or ``example``, as JSON."""
    return files(__name__).joinpath(f"radio-transient.{name}.json").read_text("utf-8")
