"""Copies of simulated images that were taken at other times."""

from datetime import datetime

from astropy.io import fits


def set_time(header: fits.Header, taken_at: datetime) -> None:
    """Write a time, UTC, and nothing beside it that says another one."""
    for name in ("DATE-OBS", "DATE-END", "MJD-OBS", "MJD-END"):
        header.remove(name, ignore_missing=True)
    header["DATE-OBS"] = taken_at.isoformat().removesuffix("+00:00")
