"""``trapdb reassociate``."""

from typing import Any

import click

from trapdb.cli.options import FINITE, database_option, listing_option

CORRECTIONS = {
    "nothing": [],
    "astrometry": ["astrometry"],
    "flux": ["flux"],
    "both": ["astrometry", "flux"],
}


@click.command(context_settings={"show_default": True})
@click.argument("name")
@click.option("--as", "new", required=True, metavar="NEW", help="Data set to make.")
@click.option("--de-ruiter", type=FINITE, help="Largest de Ruiter radius; by default as in NAME.")
@click.option(
    "--beam-limit",
    type=FINITE,
    help="Largest separation, in halves of the beam's major axis; by default as in NAME.",
)
@click.option("--expiry", type=int, help="Time steps of forced fits; by default as in NAME.")
@click.option(
    "--correct",
    type=click.Choice(sorted(CORRECTIONS)),
    help="What to correct of the images by the first reference catalogue; by default as in NAME.",
)
@listing_option
@database_option
def reassociate(
    name: str,
    new: str,
    de_ruiter: float | None,
    beam_limit: float | None,
    expiry: int | None,
    correct: str | None,
    form: str | None,
    database: str | None,
) -> int:
    """Associate the measurements of a data set anew, into another one.

    Blind measurements are copied. A stored forced fit is used again where one is needed at the same
    place, to a tenth of a beam. Other fits are made if the image's file still exists. If it does
    not, they are listed and the exit status is 1. The new data set monitors the same positions.
    Corrections of the images in NAME are taken back, and those of NEW are made. Rejected images are
    left out. The same command, run again, continues where it ended.

    \b
    Examples:
      trapdb reassociate field3 --as field3-tight --de-ruiter 4.5
      trapdb reassociate field3 --as field3-raw --correct nothing
    """
    from pydantic import ValidationError

    from trapdb.cli.naming import check_name
    from trapdb.cli.replaying import replay_into
    from trapdb.cli.running import run_on
    from trapdb.configuration.keys import Configuration
    from trapdb.database import ids, routines
    from trapdb.errors import InputError
    from trapdb.server.access import connect

    if new == name:
        raise InputError(f"--as {new}: give the new data set a name of its own")
    asked: dict[str, dict[str, Any]] = {
        "association": {"de_ruiter_limit": de_ruiter, "beam_limit": beam_limit},
        "null_detection": {"expiry": expiry},
        "reference": {"correct": None if correct is None else CORRECTIONS[correct]},
    }
    with connect("operator", database) as conn:
        origin = routines.find_dataset(conn, name)
        values: dict[str, Any] = {**origin.configuration}
        for section, keys in asked.items():
            given = {key: value for key, value in keys.items() if value is not None}
            values[section] = {**values.get(section, {}), **given}
        try:
            configuration = Configuration.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(map(str, first["loc"])) or "options"
            raise InputError(f"{key}: {first['msg']}") from error
    with run_on(database, check_name(new), configuration) as run:
        there = run.database.insist(routines.replayable_images, run.dataset_id, "accepted")
        if any(ids.dataset_of(image.origin_image_id or 0) != origin.dataset_id for image in there):
            raise InputError(f"there is a data set {new} already, with images not of {name}")
        if run.configuration != configuration:
            raise InputError(f"data set {new} is there already, with other limits")
        run.database.insist(routines.copy_monitor_positions, name, new)
        run.database.insist(routines.copy_injections, name, new)
        done = {image.digest for image in there}
        images = run.database.insist(routines.replayable_images, origin.dataset_id, "accepted")
        return replay_into(run, [image for image in images if image.digest not in done], form)
