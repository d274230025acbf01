"""``trapdb simulate``."""

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

# What a cube of times can be told, by the name that it has there.
OF_CUBES = {"planes": "planes", "bursts": "bursts", "sources": "steady"}
OF_FIELDS = ("size", "noise", "rms", "ra", "dec")


@click.command(context_settings={"show_default": True})
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--epochs", type=int, default=10, help="Moments in time.")
@click.option("--size", type=int, default=512, help="Pixels along each axis.")
@click.option("--sources", type=int, default=100, help="Steady point sources.")
@click.option("--variable", type=int, default=0, help="Sources that vary like a sine.")
@click.option("--flaring", type=int, default=1, help="Sources that flare up and decay.")
@click.option("--one-epoch", type=int, default=1, help="Sources that are there once.")
@click.option("--brief", type=int, default=0, help="Sources that are there for 2 or 3 epochs.")
@click.option("--resolved", type=int, default=0, help="Steady extended sources.")
@click.option("--pairs", type=int, default=0, help="Pairs of points close together.")
@click.option("--bands", type=int, default=1, help="Frequency bands; an image each per epoch.")
@click.option("--stokes", default="I", help="Stokes parameters; an image each, such as IV or IQUV.")
@click.option("--polarised", type=int, default=0, help="Steady sources that are polarised.")
@click.option(
    "--leakage", type=float, default=0.0, help="Share of I in images of Q, U and V, about."
)
@click.option("--seed", type=int, default=1, help="Another seed makes another sky and noise.")
@click.option(
    "--noise",
    type=click.Choice(["psf", "convolved"]),
    default="psf",
    help="Autocorrelation of the noise: the beam, or that of white noise smoothed with it.",
)
@click.option("--rms", type=float, default=1e-3, help="Noise of each image, Jy/beam.")
@click.option("--ra", type=float, default=150.0, help="Centre, right ascension, deg.")
@click.option("--dec", type=float, default=30.0, help="Centre, declination, deg.")
@click.option(
    "--planes",
    type=int,
    help="Make a cube of so many images of 8 s in a row instead, in file OUT.",
)
@click.option("--bursts", type=int, default=10, help="In a cube: bursts of 1 to 16 planes.")
@click.pass_context
def simulate(context: click.Context, out: Path, **sky: object) -> None:
    """Make images of a simulated sky, with the truth beside them.

    They are written into folder OUT. The truth tables list every source and its flux in every
    image. The same options make the same images, to the byte.

    With --planes OUT is a file, a cube of times with bursts of 7 sigma by all of their planes
    together; the truth about them is beside it, in a table of the same name. Of the other options
    --sources, --size, --noise, --rms, --ra, --dec and --seed are for it.

    \b
    Examples:
      trapdb simulate field/
      trapdb simulate field/ --epochs 20 --size 1024 --sources 300 --bands 2
      trapdb simulate field/ --stokes IQUV --polarised 10 --leakage 0.01
      trapdb simulate night.fits --planes 600 --bursts 20 --size 256
    """
    from trapdb.simulate import SimulationError, simulate

    given = {
        name for name in sky if context.get_parameter_source(name) == ParameterSource.COMMANDLINE
    }
    if sky["planes"] is not None:
        _simulate_cube(out, sky, given)
        return
    if "bursts" in given:
        raise SimulationError("--bursts is for a cube: give --planes, too")
    sky = {name: value for name, value in sky.items() if name not in ("planes", "bursts")}
    truth = simulate(out, **sky)  # type: ignore[arg-type]
    click.echo(f"{len(truth.images)} images of {len(truth.sources)} sources in {out}")
    click.echo(f"next: trapdb ingest {out} --tense simulated")


def _simulate_cube(out: Path, sky: dict[str, Any], given: set[str]) -> None:
    from trapdb.simulate import Field, SimulationError, TimeCube, simulate_time_cube

    foreign = sorted(given - {*OF_CUBES, *OF_FIELDS, "seed"})
    if foreign:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in foreign)
        raise SimulationError(f"{options}: not for a cube of times, with --planes")
    if out.is_dir():
        raise SimulationError(f"{out} is a folder: name the file of the cube")
    field = Field(**{name: sky[name] for name in OF_FIELDS})
    said = {there: sky[name] for name, there in OF_CUBES.items() if name in given}
    longest = min(16, sky["planes"])
    cube = TimeCube(**said, widths=tuple(range(1, longest + 1)))
    truth = simulate_time_cube(out, field, cube, sky["seed"])
    click.echo(f"{cube.planes} planes with {len(truth)} bursts in {out}")
    click.echo(f"next: trapdb ingest {out} --tense simulated")
