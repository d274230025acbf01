"""``trapdb simulate``."""

from pathlib import Path

import click


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
def simulate(out: Path, **sky: object) -> None:
    """Make images of a simulated sky, with the truth beside them.

    They are written into folder OUT. The truth tables list every source and its flux in every
    image. The same options make the same images, to the byte.

    \b
    Examples:
      trapdb simulate field/
      trapdb simulate field/ --epochs 20 --size 1024 --sources 300 --bands 2
      trapdb simulate field/ --stokes IQUV --polarised 10 --leakage 0.01
    """
    from trapdb.simulate import simulate

    truth = simulate(out, **sky)  # type: ignore[arg-type]
    click.echo(f"{len(truth.images)} images of {len(truth.sources)} sources in {out}")
    click.echo(f"next: trapdb ingest {out} --tense simulated")
