"""The addresses of pages: what stands in them for a data set."""

from urllib.parse import quote


def of_dataset(name: str, dataset_id: int) -> str:
    """Return what stands for a data set in a path: its name or, where a path cannot hold it, ~ID.

    Parameters
    ----------
    name : str
        Its name.
    dataset_id : int
        Its number.
    """
    if "/" in name or name in (".", "..") or name.startswith("~"):
        return f"~{dataset_id}"
    return quote(name, safe="")
