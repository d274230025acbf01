"""What is known of the sky: whether chance is reckoned right, what is found new, what it costs.

`chance`: a real catalogue's own positions, shifted by 1 to 10 arcmin, are matched with it: how many
have a source of the catalogue by them, and how many should, by its local density? `absent`:
simulated fields and a catalogue of the brighter nine tenths of their steady sources: are the
transients that it should have had listed as new to it, and no steady source; and are the flux
ratios as far from 1 as their errors say? `cost`: association with a catalogue of a million sources
around the field beside association without.
"""

import argparse
import math
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.table import Table

from benchmarks import report
from benchmarks.fields import BEAM, field
from benchmarks.known_fields import take
from benchmarks.scratch import administrator, operator, scratch_server
from benchmarks.watched import StepCost, WatchedFeeder
from benchmarks.watching import run
from tests.feeding import ARCSEC, FedImage, measurements
from tests.scoring import flux_grid
from trapdb.database.connection import call
from trapdb.reference.column_map import read_column_map
from trapdb.reference.loading import load

SECTIONS = ("chance", "absent", "cost")
CATALOGUE = Path(__file__).parents[2] / "shared/data/catalogues/racs-aegean-comp.fits"
SHIFTS = (1, 2, 3, 5, 10)
# The reference: its positions' error, and that of its fluxes as a share.
REFERENCE_ERROR, FLUX_SHARE, LISTED = 1.0 * ARCSEC, 0.05, 0.9
MAP = """
epochs = [2010.0, 2010.0]
{facts}
[columns]
ra = "ra [deg]"
dec = "dec [deg]"
ra_err = "err [deg]"
dec_err = "err [deg]"
flux = "flux [Jy]"
flux_err = "flux_err [Jy]"
"""


def main() -> None:
    command = report.parser(__doc__.splitlines()[0], "known_sky.png")
    command.add_argument("sections", nargs="*", metavar="SECTION", default=SECTIONS)
    command.add_argument("--seeds", type=int, default=4, help="simulated fields")
    command.add_argument("--size", type=int, default=2048, help="their pixels along each axis")
    command.add_argument("--epochs", type=int, default=10, help="their images")
    command.add_argument("--sources", type=int, default=2000, help="their steady points")
    command.add_argument("--measurements", type=int, default=10_000, help="in an image (cost)")
    command.add_argument("--known", type=int, default=20_000, help="sources in the field (cost)")
    command.add_argument("--references", type=int, default=1_000_000, help="around it (cost)")
    command.add_argument("--images", type=int, default=15, help="that are timed (cost)")
    options = command.parse_args()
    with scratch_server() as here:
        conn, look = operator(here), administrator(here)
        report.print_settings(look, options)
        for section in options.sections:
            {"chance": chance, "absent": absent, "cost": cost}[section](conn, look, options)


def chance(conn: Any, look: Any, options: argparse.Namespace) -> None:
    """Match shifted positions of a real catalogue with it."""
    column_map = read_column_map("aegean")
    loaded = load(conn, str(CATALOGUE), "RACS", "1", column_map, lambda rows: None, "sources")
    sky = run(look, "places_of_reference", catalogue_id=loaded.catalogue_id)
    place = SkyCoord([row.ra for row in sky], [row.dec for row in sky], unit="deg")
    middle = SkyCoord(place.cartesian.mean())
    # the shifted ones have to be inside of the field, whose density is known
    radius = float(np.quantile(place.separation(middle).deg, 0.8))
    inner = place[place.separation(middle).deg < radius]
    # each is to be a source of its own
    _, nearest, _ = inner.match_to_catalog_sky(inner, nthneighbor=2)
    beam = 25 * ARCSEC
    inner = inner[nearest.deg > beam]
    rows = []
    rng = np.random.default_rng(1)
    # a radio source has companions, its other lobe say, within some 2 arcmin: places that were
    # chosen without regard to the catalogue tell what is chance alone
    for shift in (*SHIFTS, "anywhere"):
        directions = np.arange(0, 360, 45)
        names = [f"shift {shift} {angle}" for angle in directions]
        for name, angle in zip(names, directions, strict=True):
            if shift == "anywhere":
                turn, share = rng.uniform(0, 360, len(inner)), rng.uniform(0, 1, len(inner))
                moved = middle.directional_offset_by(turn * u.deg, radius * np.sqrt(share) * u.deg)
            else:
                moved = inner.directional_offset_by(angle * u.deg, shift / 60 * u.deg)
            feeder = WatchedFeeder(conn, name)
            facts = {"ra": middle.ra.deg, "dec": middle.dec.deg, "radius": 2 * radius}
            blind = measurements(moved.ra.deg, moved.dec.deg)
            feeder.make_known(FedImage(blind, beam_major=beam, **facts))
            _match(conn, name, loaded.catalogue_id)
        for flux in (None, 0.01, 0.1):
            rows.append([f"{shift}", *_counted(look, names, loaded.catalogue_id, flux, beam / 2)])
    report.print_table(
        ["shifted by, arcmin", "flux at least, Jy", "positions", "found", "expected", "pull"], rows
    )


def _counted(
    look: Any, names: list[str], catalogue_id: int, flux: float | None, radius: float
) -> list[object]:
    """Count the sources with a counterpart within a radius, and what the density makes expect."""
    found, expected, positions = 0, 0.0, 0
    for name in names:
        sources = run(look, "catalogue_of", dataset=name)
        density = run(
            look,
            "densities",
            catalogue_id=catalogue_id,
            flux=flux,
            ra=[row.ra for row in sources],
            dec=[row.dec for row in sources],
        )
        # outside of the coverage nothing is known
        known = {
            source.source_id: row.density
            for source, row in zip(sources, density, strict=True)
            if row.density is not None
        }
        expected += float((1 - np.exp(-np.pi * radius**2 * np.array([*known.values()]))).sum())
        near = {
            row.source_id
            for row in run(look, "matches_of", dataset=name)
            if row.separation_arcsec <= 3600 * radius and (flux is None or row.flux >= flux)
        }
        found += len(near & known.keys())
        positions += len(known)
    pull = (found - expected) / np.sqrt(expected)
    return [
        flux or "any",
        positions,
        found,
        f"{expected:.1f}",
        report.judged(f"{pull:+.1f}", abs(pull) < 2.5),
    ]


def absent(conn: Any, look: Any, options: argparse.Namespace) -> None:
    """Ask what is new to a catalogue, on simulated fields."""
    rows, pulls = [], []
    for seed in range(1, options.seeds + 1):
        name = f"field {seed}"
        sky = {
            "epochs": options.epochs,
            "size": options.size,
            "sources": options.sources,
            "seed": seed,
            "one_epoch": 100,
            "brief": 50,
            "flaring": 0,
            "minimum_snr": 6.0,
            "separation": 3.0,
        }
        one = take(conn, look, name, sky)
        sources = one.truth.sources
        steady = np.asarray(sources["kind"] == "steady")
        limit = float(np.quantile(np.asarray(sources["flux"])[steady], 1 - LISTED))
        listed = steady & (np.asarray(sources["flux"]) >= limit)
        rng = np.random.default_rng(seed)
        catalogue_id = _reference(
            conn, name, sources["ra"][listed], sources["dec"][listed], sources["flux"][listed],
            rng, float(one.truth.images["frequency"][0]), limit,
        )  # fmt: skip
        _match(conn, name, catalogue_id)
        new = {
            row.source_id
            for row in call(look, "transient_by_definition", name="new_to_reference", dataset=name)
        }
        brightest = flux_grid(one.truth, "peak_flux").max(axis=0)
        noise = brightest / flux_grid(one.truth, "snr").max(axis=0)
        brief = np.isin(one.truth.sources["kind"], ["one_epoch", "brief"])
        # by the conditions of the definition a measured peak is 4 sigma above the limit
        above, due = (brief & (brightest > limit + margin * noise) for margin in (0, 8))
        listed_as_new = [
            int(index)
            for row, index in zip(one.catalogue, one.source, strict=True)
            if row.source_id in new
        ]
        wrong = sum(index < 0 or bool(steady[index]) for index in listed_as_new)
        seen = int(np.isin(np.flatnonzero(due), listed_as_new).sum())
        rows.append(
            [
                name,
                int(above.sum()),
                int(np.isin(np.flatnonzero(above), listed_as_new).sum()),
                int(due.sum()),
                report.judged(str(seen), seen == due.sum()),
                int(steady.sum()),
                report.judged(str(wrong), wrong == 0),
            ]
        )
        # the logarithm of a ratio is as often too large as too small
        pulls += [
            math.log(row.ratio) * row.ratio / row.ratio_err
            for row in run(look, "flux_changes_of", dataset=name)
        ]
    report.print_table(
        ["field", "transients above the limit", "new", "by 8 sigma", "new", "steady", "new"], rows
    )
    width = 1.4826 * float(np.median(np.abs(pulls - np.median(pulls))))
    report.print_table(
        ["flux ratios", "mean pull", "width of pulls", "from quartiles"],
        [
            [
                len(pulls),
                f"{np.mean(pulls):+.3f}",
                report.judged(f"{np.std(pulls):.3f}", abs(np.std(pulls) - 1) <= 0.05),
                f"{width:.3f}",
            ]
        ],
    )


def _reference(
    conn: psycopg.Connection[Any],
    name: str,
    ra: Any,
    dec: Any,
    flux: Any,
    rng: np.random.Generator,
    frequency: float,
    limit: float,
) -> int:
    """Load a catalogue of these sources, with errors; return its id."""
    east, north, noise = rng.standard_normal((3, len(ra)))
    dec = np.asarray(dec)
    table = Table(
        {
            "ra": (np.asarray(ra) + REFERENCE_ERROR * east / np.cos(np.radians(dec))) % 360,
            "dec": dec + REFERENCE_ERROR * north,
            "err": np.full(len(ra), REFERENCE_ERROR),
            "flux": np.asarray(flux) * (1 + FLUX_SHARE * noise),
            "flux_err": np.asarray(flux) * FLUX_SHARE,
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        facts = f'frequency = "{frequency} Hz"\nflux_limit = "{limit} Jy"\nbeam = "20 arcsec"'
        (Path(folder) / "map.toml").write_text(MAP.format(facts=facts))
        path = Path(folder) / "reference.fits"
        table.write(path)
        column_map = read_column_map(str(Path(folder) / "map.toml"))
        loaded = load(conn, str(path), name, "1", column_map, lambda rows: None, "all")
    return loaded.catalogue_id


def _match(conn: psycopg.Connection[Any], dataset: str, catalogue_id: int) -> None:
    call(
        conn,
        "match_dataset",
        dataset=dataset,
        catalogue_id=catalogue_id,
        spectral_index_min=-2.0,
        spectral_index_max=1.0,
    )


def cost(conn: Any, look: Any, options: argparse.Namespace) -> None:
    """Time the association of two data sets of one field, one of them matched, in turn."""
    rng = np.random.default_rng(1)
    ra, dec, radius = 123.0, 10.0, 5.0
    sources = field(rng, options.known, ra, dec, radius)
    around = SkyCoord(ra, dec, unit="deg").directional_offset_by(
        rng.uniform(0, 360, options.references) * u.deg,
        radius * np.sqrt(rng.uniform(0, 1, options.references)) * u.deg,
    )
    catalogue_id = _reference(
        conn, "million", around.ra.deg, around.dec.deg, rng.pareto(1.0, options.references) + 0.01,
        rng, 140e6, 0.01,
    )  # fmt: skip
    first: dict[str, StepCost] = {}
    feeders = {name: WatchedFeeder(conn, name) for name in ("without", "with")}
    _match(conn, "with", catalogue_id)
    facts = {"ra": ra, "dec": dec, "radius": radius + 0.1, "beam_major": BEAM}
    for name, feeder in feeders.items():
        blind = sources.measure(np.random.default_rng(2))
        first[name] = feeder.watched_step(FedImage(blind, **facts), None)
    run(look, "vacuum")
    steps: dict[str, list[StepCost]] = {"without": [], "with": []}
    for image in range(5 + options.images):
        chosen = sources[rng.permutation(len(sources))[: options.measurements]]
        order = list(feeders)[:: 1 if image % 2 else -1]
        seed = int(rng.integers(2**31))
        for name in order:
            blind = chosen.measure(np.random.default_rng(seed))
            step = feeders[name].watched_step(FedImage(blind, **facts), None)
            if image >= 5:
                steps[name].append(step)
    parts = ("associate", "close", "commit")
    ratios = [
        one.seconds(*parts) / other.seconds(*parts)
        for one, other in zip(steps["with"], steps["without"], strict=True)
    ]
    report.print_table(
        ["image", "without, ms", "with, ms", "ratio", "rows with / without"],
        [
            [
                f"{options.measurements} of {options.known} known",
                *(
                    report.spread([1e3 * step.seconds(*parts) for step in steps[name]])
                    for name in steps
                ),
                report.judged(report.spread(ratios), float(np.median(ratios)) <= 1.15),
                f"{np.median([a.rows / b.rows for a, b in zip(*steps.values(), strict=True)]):.3f}",
            ],
            [
                f"the first, {options.known} new",
                *(f"{1e3 * first[name].seconds(*parts):.0f}" for name in first),
                f"{first['with'].seconds(*parts) / first['without'].seconds(*parts):.2f}",
                f"{first['with'].rows / first['without'].rows:.2f}",
            ],
        ],
    )


if __name__ == "__main__":
    main()
