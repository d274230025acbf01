"""How well classes are told, whether probabilities are true, and what is new known as such."""

import argparse
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from benchmarks import real_curves
from benchmarks.report import parser, print_settings, print_table
from benchmarks.scratch import operator, scratch_server
from trapdb.classify import examples, judging
from trapdb.classify.applying import as_matrix
from trapdb.classify.forest import answers, as_rows
from trapdb.classify.model import Model, classify
from trapdb.classify.simulated import DAY, Curves, Survey, classes_of, simulated
from trapdb.classify.training import Examples, as_forest, grown, train
from trapdb.simulate.light_curves import Images

SECTIONS = ("simulated", "novelty", "scatter", "cost", "real")
ARTEFACTS = ("sidelobe", "edge", "blend", "ionospheric", "calibration")
# Kinds that one image or light curve alone does not tell from each other, together.
TOGETHER = {
    **dict.fromkeys(("flare_star", "synchrotron", "single_burst", "moving"), "burst"),
    **dict.fromkeys(("rotating", "long_period"), "pulses"),
}
SCATTER = (0.02, 0.10)
# What is held out of training, one after the other.
HELD_OUT = ("flare_star", "scintillation", "eclipsing", "step", "moving", "sidelobe", "edge")


def survey(scatter: tuple[float, float] = SCATTER, n_images: int = 100) -> Survey:
    """Return a survey with an image of 8 minutes a day or so, with gaps, and limits of 5 sigma."""
    rng = np.random.default_rng(5)
    gaps = rng.exponential(DAY, n_images) + 20 * DAY * (rng.random(n_images) < 0.05)
    images = Images.of(np.cumsum(gaps), 480.0, 150e6)
    rms = np.exp(0.2 * rng.standard_normal(n_images))
    return Survey(images, rms, np.full(n_images, 5.0), scatter)


class Field:
    """Simulated light curves with the features that the database computes of them."""

    def __init__(self, conn: psycopg.Connection[Any]) -> None:
        self.conn = conn
        self.names = examples.feature_names(conn, simulated=True)

    def draw(self, seed: int, each: int, of: Survey, **how: Any) -> tuple[Examples, Curves]:
        """Return so many light curves of each kind, and their features."""
        curves = simulated(of, each, np.random.default_rng(seed), **how)
        features = examples.features_of_curves(self.conn, curves, self.names)
        groups = np.arange(len(curves.kinds))
        return Examples(features, classes_of(curves.kinds), groups), curves

    def model(self, given: Examples) -> Model:
        """Return what is trained on examples."""
        return train(given, self.names, 1, {}, seed=1).model


def told(model: Model, given: Examples) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return the probabilities of examples, and the places of their classes."""
    place = np.searchsorted(np.array(model.classes), given.classes)
    return classify(model, given.features, explained=False).probabilities, place


def figures(model: Model, given: Examples) -> list[float]:
    """Return accuracy, macro-F1, that of classes together, calibration error, artefacts' area."""
    probabilities, place = told(model, given)
    names = np.array(model.classes)
    group = np.array([TOGETHER.get(name, name) for name in model.classes])
    groups = np.unique(group)
    summed = np.column_stack([probabilities[:, group == one].sum(axis=1) for one in groups])
    is_artefact = np.isin(names, ARTEFACTS)
    score = probabilities[:, is_artefact].sum(axis=1)
    return [
        float(np.mean(probabilities.argmax(axis=1) == place)),
        float(judging.f1_scores(judging.confusion(probabilities, place)).mean()),
        float(
            judging.f1_scores(
                judging.confusion(summed, np.searchsorted(groups, group[place]))
            ).mean()
        ),
        judging.calibration_error(probabilities, place),
        judging.area_under_curve(score, is_artefact[place]),
    ]


def of_simulated(field: Field, model: Model, each: int) -> None:
    """Tell classes apart, by S/N and number of images."""
    given, _ = field.draw(2, each, survey())
    rows: list[list[Any]] = [["as in training", *figures(model, given)]]
    for epochs in (10, 30, 100):
        for low, high in ((5, 15), (15, 100)):
            given, _ = field.draw(
                epochs + low, each, survey(), snr=(low, high), epochs=(epochs, epochs)
            )
            rows.append([f"{low} to {high}, {epochs}", *figures(model, given)])
    heads = ["peak S/N, images", "accuracy", "macro-F1", "bursts and pulses together"]
    print_table([*heads, "calibration error", "artefacts (area)"], rows)
    given, _ = field.draw(1, each, survey(), snr=(15, 100), epochs=(30, 30))
    probabilities, place = told(model, given)
    print_table(["class", *model.classes], [
        [name, *row.tolist()]
        for name, row in zip(model.classes, judging.confusion(probabilities, place), strict=True)
    ])  # fmt: skip


def of_novelty(field: Field, given: Examples, each: int) -> None:
    """Tell whether a class that was held out of training is known as something new."""
    tested, _ = field.draw(7, each, survey(), snr=(15, 100), epochs=(30, 30))
    rows = []
    for name in HELD_OUT:
        kept = given.classes != name
        some = Examples(given.features[kept], given.classes[kept], given.groups[kept])
        answer = classify(field.model(some), tested.features, explained=False)
        is_new = tested.classes == name
        sure = answer.probabilities.max(axis=1)
        rows.append([
            name, judging.area_under_curve(answer.novelty, is_new),
            judging.area_under_curve(-sure, is_new), float(np.mean(answer.novelty[is_new] > 1)),
        ])  # fmt: skip
    print_table(["held out", "area, novelty", "area, unsure", "novelty above 1"], rows)


def of_scatter(field: Field, model: Model, each: int) -> None:
    """Tell whether steady sources stay so where the flux scale scatters more than in training."""
    wide = field.model(field.draw(1, each, survey((0.02, 0.30)))[0])
    rows = []
    for scatter in (0.03, 0.06, 0.10, 0.15, 0.20, 0.25):
        given, _ = field.draw(
            3, 5 * each, survey((scatter, scatter)), kinds=("steady",), epochs=(30, 30)
        )
        row = [f"{100 * scatter:.0f} %"]
        for one in (model, wide):
            probabilities, _ = told(one, given)
            held = np.array(one.classes)[probabilities.argmax(axis=1)]
            row.append(float(np.mean(held == "steady")))
        rows.append(row)
    print_table(["scatter", "trained with 2 to 10 %", "trained with 2 to 30 %"], rows)


def of_cost(model: Model, given: Examples) -> None:
    """Tell what 100,000 sources cost, without their features."""
    import resource

    many = np.tile(given.features, (100_000 // len(given.features) + 1, 1))[:100_000]
    start, worked = perf_counter(), process_time()
    classify(model, many)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    cost = [perf_counter() - start, process_time() - worked, peak]
    print_table(["sources", "seconds", "of CPU", "peak memory / GB"], [[100_000, *cost]])


def of_real(conn: psycopg.Connection[Any], folder: Path) -> None:
    """Have each real light curve told by a forest of all others, from so many points in a row."""
    data = folder / "data"
    same = "as expected" if real_curves.digest(data) == real_curves.DIGEST else "ANOTHER ONE"
    curves = real_curves.read(data)
    classes, number = np.unique([one.object_class for one in curves], return_counts=True)
    counted = ", ".join(f"{name} {n}" for name, n in zip(classes, number, strict=True))
    print(f"\n{len(curves)} light curves, digest {same}: {counted}")
    names = [
        name
        for name in examples.feature_names(conn, simulated=True)
        if name not in examples.SURROUNDINGS
    ]
    place = np.array([int(np.searchsorted(classes, one.object_class)) for one in curves])
    rows = []
    for points in (1, 3, 10, 30, 100_000):
        rng = np.random.default_rng(points)
        features = _features(conn, curves, points, names, rng)
        raw = np.zeros((len(curves), len(classes)))
        for out in range(len(curves)):
            others = np.arange(len(curves)) != out
            forest = as_forest(grown(as_rows(features[others]), place[others], len(classes), 1))
            known = np.unique(place[others])
            raw[out, known] = answers(forest, as_rows(features[[out]]))[0]
        matrix = judging.confusion(raw, place)
        rows.append([
            "all" if points > 1000 else points, float(np.diag(matrix).sum() / len(curves)),
            float(judging.f1_scores(matrix).mean()),
        ])  # fmt: skip
    print_table(["points", "accuracy", "macro-F1"], rows)


def _features(
    conn: psycopg.Connection[Any],
    curves: list[real_curves.RealCurve],
    points: int,
    names: list[str],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Return the features of some points in a row of each light curve."""
    found = []
    for one in curves:
        start = int(rng.integers(max(1, len(one.days) - points + 1)))
        part = slice(start, start + points)
        (row,) = conn.execute(
            examples.statement("curves"),
            {
                "curve": [0] * len(one.days[part]),
                "days": one.days[part].tolist(),
                "flux": one.flux[part].tolist(),
                "flux_err": one.flux_err[part].tolist(),
                "detected": (one.flux[part] > 5 * one.flux_err[part]).tolist(),
            },
        ).fetchall()
        found.append(row)
    return as_matrix(found, names)


def main() -> None:
    made = parser("Classification.", "classification.png")
    made.add_argument("sections", nargs="*", default=list(SECTIONS), choices=SECTIONS)
    made.add_argument("--each", type=int, default=400, help="examples of each class")
    made.add_argument("--light-curves", type=Path, help="checkout of the real light curves")
    options: argparse.Namespace = made.parse_args()
    with scratch_server() as here, operator(here) as conn:
        print_settings(conn, options)
        field = Field(conn)
        if set(options.sections) - {"real"}:
            start = perf_counter()
            given, _ = field.draw(11, options.each, survey())
            model = field.model(given)
            print(f"\ntrained on {len(given.classes)} examples in {perf_counter() - start:.0f} s")
        if "simulated" in options.sections:
            of_simulated(field, model, options.each // 4)
        if "novelty" in options.sections:
            of_novelty(field, given, options.each // 4)
        if "scatter" in options.sections:
            of_scatter(field, model, options.each // 4)
        if "cost" in options.sections:
            of_cost(model, given)
        if "real" in options.sections and options.light_curves is None:
            print("\nreal light curves: name a checkout of them, --light-curves FOLDER")
        elif "real" in options.sections:
            of_real(conn, options.light_curves)


if __name__ == "__main__":
    main()
