"""``trapdb classify``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trapdb.cli.options import (
    COUNT,
    database_option,
    dataset_option,
    listing_option,
    picture_option,
)

if TYPE_CHECKING:
    from trapdb.classify.model import Model

LISTED = ["name", "active_for", "classes", "made_by", "made_at", "digest"]
ROWS = ["source_id", "object_class", "probability", "probability_artefact", "novelty", "reasons"]
ROWS += ["classifier", "known_image_id"]


@click.group()
def classify() -> None:
    """Say of which class sources are, with calibrated probabilities.

    A classifier is trained on sources that people labelled, or on simulated light curves as a data
    set would have them. It is stored in the database as plain numbers, and applied to a data set
    by `apply`, or to each time step once it is active. In SQL: trap.classification,
    trap.source_classification; definitions may ask for probability_flare_star >= 0.8.
    """


@classify.command(context_settings={"show_default": True})
@click.argument("name")
@click.option(
    "--like",
    metavar="DATASET",
    help="Train on simulated light curves with the times, noise and scatter of this data set.",
)
@click.option("--labels", is_flag=True, help="Train on the sources that have a label with a class.")
@click.option(
    "--injected",
    multiple=True,
    metavar="DATASET",
    help="Train on what was injected into this data set and found; may be given several times.",
)
@click.option("--each", type=COUNT, default=400, help="Simulated light curves of each kind.")
@click.option("--seed", type=COUNT, default=1, help="The same one makes the same classifier.")
@click.option(
    "--dataset",
    metavar="NAME",
    help="With --labels: those of this data set alone, rather than of all.",
)
@database_option
def train(
    name: str,
    like: str | None,
    labels: bool,
    injected: tuple[str, ...],
    each: int,
    seed: int,
    dataset: str | None,
    database: str | None,
) -> None:
    """Train a classifier and store it as NAME; this needs scikit-learn (trapdb[classify]).

    With --labels it learns from what people said, of all data sets, or of the one of --dataset.
    With --injected it learns from what `trapdb inject` put into a data set, and was found there.
    With --like it learns from simulated light curves of each kind, and nobody needs to have
    labelled anything; the features are then those that can be simulated. They can be combined.

    \b
    Examples:
      trapdb classify train mine --like survey
      trapdb classify train ours --labels
      trapdb classify train found --injected copy --injected other
      trapdb classify train both --like survey --labels --seed 7
    """
    from importlib.metadata import version

    import numpy as np

    from trapdb.classify import examples as sources
    from trapdb.classify.judging import metrics
    from trapdb.classify.stored import packed
    from trapdb.classify.training import FEWEST, Examples, ensembles, importance, joined
    from trapdb.classify.training import train as trained_on
    from trapdb.cli.progress import counted
    from trapdb.database.connection import call
    from trapdb.errors import InputError
    from trapdb.server.access import connect

    # what is to be refused is refused before minutes of work
    ensembles()
    if not labels and like is None and not injected:
        raise InputError("on what is it to be trained? give --like, --labels or --injected")
    if like is not None and each < FEWEST:
        raise InputError(f"--each {each}: {FEWEST} light curves of each kind are needed at least")
    with connect("operator", database) as conn:
        call(conn, "require_classifier_name", name=name)
        names = sources.feature_names(conn, simulated=like is not None, injected=bool(injected))
        (row,) = call(conn, "feature_set_version")
        parts: list[Examples] = []
        facts: dict[str, Any] = {"trained_on": {}}
        if labels:
            parts.append(sources.labelled(conn, dataset, names, injected=bool(injected)))
            facts["trained_on"]["labels"] = {"dataset": dataset, "sources": len(parts[-1].classes)}
        if injected:
            parts.append(sources.injected(conn, injected, names))
            told = {"datasets": sorted(set(injected)), "sources": len(parts[-1].classes)}
            facts["trained_on"]["injected"] = told
        if like is not None:  # last: it takes longest
            survey = sources.survey_like(conn, like)
            click.echo(f"simulating {each} light curves of each kind, as {like} has them", err=True)
            parts.insert(0, sources.like(conn, survey, each, names, seed))
            facts["scatter"] = list(survey.scatter)
            facts["trained_on"]["simulated"] = {"like": like, "each": each}
        given = joined(parts)
        click.echo(f"training on {counted(len(given.classes), 'example')}", err=True)
        facts["versions"] = {one: version(one) for one in ("trapdb", "scikit-learn", "numpy")}
        result = trained_on(given, names, row.feature_set_version, facts, seed)
        model = result.model
        place = np.searchsorted(np.array(model.classes), given.classes)
        model.facts["metrics"] = metrics(result.told, place, model.classes)
        model.facts["importance"] = importance(model, given)
        _store(conn, name, model, packed(model))
    told = model.facts["metrics"]
    click.echo(
        f"stored classifier {name}: {len(model.classes)} classes, macro-F1 {told['macro_f1']:.3f}, "
        f"calibration error {told['calibration_error']:.3f} on examples that it had not seen; "
        f"next: trapdb classify report {name}, trapdb classify apply {name}"
    )


@classify.command()
@click.argument("name")
@dataset_option
@database_option
def apply(name: str, dataset: str | None, database: str | None) -> None:
    """Classify all sources of a data set, by all that is known of them now.

    What was said before stays in trap.classification; the latest row holds.

    \b
    Examples:
      trapdb classify apply mine --dataset survey
      trapdb classify list --sources --dataset survey
    """
    from trapdb.classify import applying
    from trapdb.classify.statements import statement
    from trapdb.cli.progress import counted, progress
    from trapdb.cli.reading import resolve_dataset
    from trapdb.database.connection import call
    from trapdb.errors import InputError
    from trapdb.server.access import connect

    with connect("operator", database) as conn:
        held = resolve_dataset(conn, dataset)
        (found,) = call(conn, "dataset_id_of", dataset=held)
        model = applying.load(conn, name)
        _warn_of_scatter(conn, held, model)
        (row,) = conn.execute(statement("sources"), {"dataset_id": found.dataset_id_of}).fetchall()
        source_ids = row.source_ids or []
        if not source_ids:
            raise InputError(f"{held} has no sources")
        stored = 0
        with progress(len(source_ids)) as shown:
            for start in range(0, len(source_ids), applying.BATCH):
                batch = source_ids[start : start + applying.BATCH]
                stored += applying.judge(conn, name, model, batch, row.known_image_id)
                shown.advance(len(batch), f"{start + len(batch)} of {len(source_ids)} sources")
    click.echo(f"{name} classified {counted(stored, 'source')} of {held}")


@classify.command("list")
@click.option("--sources", is_flag=True, help="List what the active classifier says of sources.")
@dataset_option
@listing_option
@database_option
def list_classifiers(
    sources: bool, dataset: str | None, form: str | None, database: str | None
) -> None:
    """List the classifiers; with --sources, what is said of the sources of a data set.

    \b
    Examples:
      trapdb classify list
      trapdb classify list --sources --dataset survey
    """
    from operator import attrgetter

    from trapdb.cli.listing import show
    from trapdb.cli.output import write_listing
    from trapdb.cli.reading import resolve_dataset, rows_of, view
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        if not sources:
            rows = conn.execute(view("classifier")).fetchall()
            show(sorted(rows, key=lambda row: row.name), LISTED, form)
            return
        (found,) = call(conn, "dataset_id_of", dataset=resolve_dataset(conn, dataset))
        rows = rows_of(conn, "classification", found.dataset_id_of)
        columns = ("source_id", "name")
        names = dict(rows_of(conn, "running_catalogue", found.dataset_id_of, columns=columns))
    latest = {(row.source_id, row.classifier): row for row in sorted(
        rows, key=lambda row: row.known_image_id)}  # fmt: skip
    order = sorted(latest.values(), key=lambda row: (row.object_class, -row.probability))
    said = attrgetter(*ROWS)
    listed = ((row.dataset, names.get(row.source_id), *said(row)) for row in order)
    write_listing(["dataset", "name", *ROWS], listed, form)


@classify.command()
@click.argument("name")
@picture_option(
    "Draw confusion, calibration and importance into a file: PNG, PDF or SVG.", needed=False
)
@database_option
def report(name: str, output: Path | None, database: str | None) -> None:
    """Show how good a classifier is, on examples that it had not seen.

    \b
    Examples:
      trapdb classify report mine
      trapdb classify report mine -o mine.png
    """
    from trapdb.errors import InputError
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        model = _load(conn, name)
    try:
        lines = _told(name, model)
        drawn = _drawn(name, model, output)
    except (AttributeError, KeyError, TypeError, ValueError, IndexError):
        raise InputError(f"classifier {name} does not say how good it is") from None
    for line in lines:
        click.echo(line)
    if output is not None:
        from trapdb.plots.canvas import deliver

        deliver(drawn, output)


@classify.command()
@click.argument("name")
@click.option("--dataset", metavar="NAME", help="For this data set alone, rather than for all.")
@click.option("--off", is_flag=True, help="Classify by none any more.")
@database_option
def activate(name: str, dataset: str | None, off: bool, database: str | None) -> None:
    """Have the sources of each time step classified by NAME, by `trapdb response run`.

    It is for all data sets that have none of their own, or for the one of --dataset. Definitions,
    candidates and alerts take what the active classifier said last.

    \b
    Examples:
      trapdb classify activate mine --dataset survey
      trapdb classify activate mine --dataset survey --off
    """
    from trapdb.cli.reading import dataset_names
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("operator", database) as conn:
        call(conn, "activate_classifier", name=None if off else name, dataset=dataset)
        if not off and dataset is not None and dataset not in dataset_names(conn):
            click.echo(f"there is no data set {dataset} yet: {name} waits for it", err=True)
    where = "all data sets" if dataset is None else dataset
    click.echo(f"{'nothing classifies' if off else f'{name} classifies'} the time steps of {where}")


@classify.command()
@click.argument("name")
@database_option
def remove(name: str, database: str | None) -> None:
    """Remove a classifier, and all that it said."""
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("operator", database) as conn:
        (row,) = call(conn, "remove_classifier", name=name)
    click.echo(f"removed classifier {name}, and what it said {row.remove_classifier} times")


@classify.command()
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
@database_option
def export(name: str, file: Path, database: str | None) -> None:
    """Write a classifier to a file, for another database.

    \b
    Example:
      trapdb classify export mine mine.classifier
    """
    from trapdb.database.connection import call
    from trapdb.server.access import connect
    from trapdb.whole_file import whole_file

    with connect("reader", database) as conn:
        (row,) = call(conn, "classifier_content", name=name)
    with whole_file(file) as aside:
        aside.write_bytes(row.classifier_content)
    click.echo(f"wrote classifier {name} to {file}")


@classify.command("import")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
@database_option
def import_classifier(name: str, file: Path, database: str | None) -> None:
    """Store a classifier of a file as NAME.

    The file is numbers: nothing of it is run, and one that is not as it should be is refused.

    \b
    Example:
      trapdb classify import theirs mine.classifier
    """
    from trapdb.classify.applying import require_feature_set
    from trapdb.classify.stored import LARGEST, unpacked
    from trapdb.errors import InputError
    from trapdb.server.access import connect

    try:
        with file.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from error
    model = unpacked(content, str(file))
    with connect("operator", database) as conn:
        require_feature_set(conn, model, str(file))
        _store(conn, name, model, content)
    click.echo(f"stored classifier {name}; next: trapdb classify report {name}")


def _store(conn: Any, name: str, model: "Model", content: bytes) -> None:
    from psycopg.types.json import Jsonb

    from trapdb.database.connection import call

    call(
        conn,
        "store_classifier",
        name=name,
        content=content,
        feature_set=model.feature_set,
        features=list(model.features),
        classes=list(model.classes),
        facts=Jsonb(dict(model.facts)),
    )


def _load(conn: Any, name: str) -> "Model":
    from trapdb.classify.stored import unpacked
    from trapdb.database.connection import call

    (row,) = call(conn, "classifier_content", name=name)
    return unpacked(bytes(row.classifier_content), f"classifier {name}")


def _drawn(name: str, model: "Model", output: Path | None) -> Any:
    """Return a figure of what a report tells; None if there is no file for it."""
    if output is None:
        return None
    from trapdb.plots.canvas import new_figure
    from trapdb.plots.classifier import draw

    figure = new_figure(output, 16, 7)
    draw(figure, model.classes, model.facts["metrics"], model.facts["importance"], name)
    return figure


def _warn_of_scatter(conn: Any, dataset: str, model: "Model") -> None:
    """Say that the fluxes of a data set scatter otherwise than those that were trained on."""
    from trapdb.classify.examples import measured_scatter

    match model.facts.get("scatter"):
        case [int() | float() as low, int() | float() as high]:
            scatter = measured_scatter(conn, dataset)
        case _:  # it was trained on what was measured
            return
    if scatter is None or low <= scatter <= high:
        return
    click.echo(
        f"the flux scale of {dataset} scatters by {100 * scatter:.1f} %, and the classifier was "
        f"trained with {100 * low:.1f} to {100 * high:.1f} %: what is steady may be "
        f"held to vary; train one of its own (trapdb classify train NAME --like {dataset})",
        err=True,
    )


def _told(name: str, model: "Model") -> list[str]:
    """Return a report in words."""
    facts, told = model.facts, model.facts["metrics"]
    width = max(len(one) for one in model.classes)
    lines = [
        f"classifier {name}: {len(model.classes)} classes, {len(model.features)} features of "
        f"version {model.feature_set}",
        f"on examples that it had not seen: accuracy {told['accuracy']:.3f}, macro-F1 "
        f"{told['macro_f1']:.3f}, calibration error {told['calibration_error']:.3f}",
        "",
        f"{'class':{width}}     F1   held to be, in per cent",
    ]
    for number, one in enumerate(model.classes):
        row = told["confusion"][number]
        total = max(1, sum(row))
        held = sorted(zip(row, model.classes, strict=True), reverse=True)[:3]
        said = ", ".join(f"{other} {100 * n / total:.0f}" for n, other in held if n)
        lines.append(f"{one:{width}}  {told['f1'][one]:.3f}   {said}")
    lines += ["", "probability told  share that was right   examples"]
    lines += [f"{sure:16.3f}  {right:20.3f}  {n:9d}" for sure, right, n in told["calibration"]]
    moves = {one: moved for one, moved in facts["importance"].items() if one in model.features}
    ranked = sorted(moves.items(), key=lambda item: -item[1])[:10]
    lines += ["", "features that move probabilities most"]
    lines += [f"  {feature} {moved:.3f}" for feature, moved in ranked]
    return lines
