"""A field with everything in it that a data set can hold, and the story of its data set."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

from tests.safety.contents import Contents, contents
from tests.safety.trouble import CommandLine, Commands, monitor
from trapdb.simulate import simulate

# wide enough for forks and merges, not so wide that nothing is new
LIMITS = ("--beam-limit", 12, "--de-ruiter-limit", 1000, "--expiry", 3)
REWIND_TO = "2026-01-01T00:20:00"

Command = list[object]


def make_field(folder: Path) -> None:
    """Simulate six epochs in two bands, with an image that is rejected and a file that is none.

    An image has a hole where a source appears later: it covers nothing there. Two of Stokes V show
    a part of what those of I do.
    Beside the folder lie positions to monitor, one of which moves, and a sky model of the
    sources that are always there, with the configuration by which images are corrected and sources
    are matched.
    """
    truth = simulate(folder, epochs=6, size=192, sources=12, one_epoch=6, bands=2)
    blank = folder / "blank.fits"
    shutil.copy(truth.paths[5], blank)
    with fits.open(blank, mode="update") as hdus:
        hdus[0].data[:] = float("nan")
    later = truth.sources[truth.sources["kind"] == "one_epoch"][1]
    with fits.open(truth.paths[6], mode="update") as hdus:
        x, y = WCS(hdus[0].header).celestial.world_to_pixel_values(later["ra"], later["dec"])
        hdus[0].data[..., int(y) - 12 : int(y) + 13, int(x) - 12 : int(x) + 13] = float("nan")
    rng = np.random.default_rng(1)
    for path in truth.paths[4:9:4]:
        with fits.open(path) as hdus:
            cards, data = hdus[0].header, 0.02 * hdus[0].data
            kind = next(key for key, value in cards["CTYPE*"].items() if value == "STOKES")
            cards[kind.replace("CTYPE", "CRVAL")] = 4.0
            data += rng.normal(0, np.nanstd(data) / 4, data.shape)
            fits.writeto(folder / f"{path.stem}_V.fits", data.astype(">f4"), cards)
    (folder / "broken.fits").write_bytes(b"SIMPLE  = no more")
    (folder.parent / "monitored.csv").write_text(
        "name,ra,dec,ephemeris\nempty,150.01,30.01,\nmoving,,,moving.csv\n"
    )
    (folder.parent / "moving.csv").write_text(
        "taken_at,ra,dec\n2026-01-01T00:10:00,150.0,30.0\n2026-01-01T00:40:00,150.03,30.02\n"
    )
    known = [
        f"{source['name']}, POINT, {source['ra']}deg, {source['dec']}deg, {source['flux']}, "
        f"[{source['spectral_index']}]\n"
        for source in truth.sources
        if source["kind"] != "one_epoch"
    ]
    columns = "FORMAT = Name, Type, Ra, Dec, I, SpectralIndex, ReferenceFrequency="
    frequency = float(truth.images["frequency"][0])
    (folder.parent / "known.skymodel").write_text("".join([f"{columns}'{frequency}'\n", *known]))
    (folder.parent / "matched.toml").write_text(
        '[reference]\ncatalogues = ["known"]\ncorrect = ["astrometry", "flux"]\n'
    )


def load_known(trapdb: CommandLine, field: Path) -> None:
    """Load the sky model of a field, with which all its data sets are matched."""
    trapdb.complete("reference", "add", field.parent / "known.skymodel", "--as", "known")


def settings(field: Path) -> Command:
    return [*LIMITS, "--config", field.parent / "matched.toml"]


def ingest(field: Path, name: str) -> Command:
    monitored = field.parent / "monitored.csv"
    return ["ingest", field, "--dataset", name, "--monitor", monitored, *settings(field)]


def rewind(name: str) -> Command:
    return ["dataset", "rewind", name, "--to", REWIND_TO, "--yes"]


@dataclass(frozen=True)
class Chapter:
    """A command, and the data set that can be compared after it."""

    command: Command
    dataset: str | None = None


def story(field: Path, name: str) -> list[Chapter]:
    """Bring a field in, rewind the data set, replay it, and associate it anew as another one."""
    anew = f"{name} anew"
    return [
        Chapter(ingest(field, name), name),
        Chapter(rewind(name)),
        Chapter(["dataset", "replay", name], name),
        Chapter(["reassociate", name, "--as", anew], anew),
    ]


def tell(trapdb: Commands, chapters: list[Chapter]) -> list[Contents]:
    """Run the commands undisturbed; return what each data set holds when it can be compared."""
    found = []
    for chapter in chapters:
        trapdb.complete(*chapter.command)
        if chapter.dataset:
            with monitor(trapdb.server) as conn:
                found.append(contents(conn, chapter.dataset))
    return found
