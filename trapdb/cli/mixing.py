"""The part of ``trapdb inject`` that injects among measurements."""

from itertools import chain
from pathlib import Path

import click

from trapdb.cli.injected import choose, injected
from trapdb.cli.progress import counted, progress
from trapdb.cli.running import run_on
from trapdb.configuration.keys import Configuration
from trapdb.database import routines
from trapdb.errors import InputError
from trapdb.ingest.rebuild import replay
from trapdb.injecting.drawing import Wanted
from trapdb.injecting.mixing import Mixer
from trapdb.injecting.stored import StoredField
from trapdb.server.access import connect


def inject_measurements(
    origin: str,
    name: str,
    wanted: Wanted,
    table: Path | None,
    database: str | None,
    log_json: bool,
) -> int:
    """Copy the images of a data set into another one, with injected sources among what was found.

    Returns
    -------
    int
        Exit status: 1 if fits were needed of which the pixels are gone.
    """
    with connect("operator", database) as reading:
        held = routines.find_dataset(reading, origin)
        given = Configuration.model_validate(held.configuration)
        if given.reference.correct:
            raise InputError(
                f"the images of {origin} are corrected by a catalogue, each in its own way: inject "
                "into pixels, or into `trapdb reassociate --correct nothing` of it"
            )
        field = StoredField(reading, origin)
        sources, rows = choose(field, wanted, table)
        settings = injected(given)
        # there are no pixels to cut out
        stamps = settings.stamps.model_copy(update={"of": []})
        settings = settings.model_copy(update={"stamps": stamps})
        mixer = Mixer(field, sources, wanted.seed, settings)
        with run_on(database, name, settings) as run:
            run.database.insist(routines.add_injections, name, rows)
            run.database.insist(routines.copy_monitor_positions, origin, name)
            there, rewound = (
                run.database.insist(routines.replayable_images, run.dataset_id, status)
                for status in ("accepted", "rewound")
            )
            done = {image.digest for image in [*there, *rewound]}
            images = run.database.insist(routines.replayable_images, held.dataset_id, "accepted")
            left = [image for image in images if mixer.digest_of(image) not in done]
            with progress(len(rewound) + len(left), as_json=log_json) as shown:
                # what was rewound has the sources among its measurements already
                for step in chain(replay(run, rewound, mixer), replay(run, left, mixer, mixer)):
                    shown.advance(
                        step.images,
                        f"{step.taken_at:%Y-%m-%d %H:%M:%S}  {step.images} images, "
                        f"{step.forced} forced fits, {step.backfilled} back-filled",
                    )
            if mixer.lost:
                run.warn(
                    f"{counted(mixer.lost, 'forced fit')} at other places than those of injected "
                    "sources are not made: the files are gone"
                )
            found = run.count_sources()
    taken = len(rewound) + len(left)
    click.echo(f"data set {name}: {taken} of {len(images)} images taken, {found} sources")
    click.echo(f"{counted(len(rows), 'source')} injected; next: trapdb completeness {name}")
    return int(mixer.lost > 0)
