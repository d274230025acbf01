"""`trapdb label`: what is said of sources, one by one and from tables of every format."""

import astropy.units as u
import pytest
from astropy.table import Table


@pytest.fixture
def ingested(filled):
    return filled("sources").rows


def test_a_source_is_labelled_listed_and_taken_back(trapdb, ingested):
    name, number = ingested[0]["name"], ingested[0]["source_id"]
    said = ("--rating", "real", "--class", "flare_star", "--tag", "a", "--tag", "b", "--note", "so")
    answer = trapdb("label", "add", name, *said)
    assert answer.out == f"labelled source {number}; next: trapdb label list {number}\n"
    (row,) = trapdb("label", "list").rows
    assert [row[key] for key in ("source_id", "rating", "object_class", "tags", "note")] == [
        number, "real", "flare_star", "a,b", "so",
    ]  # fmt: skip
    assert trapdb("label", "list", number).rows == [row]
    assert trapdb("label", "list", ingested[1]["name"]).rows == []
    at = ("--ra", ingested[0]["ra"], "--dec", ingested[0]["dec"])
    assert trapdb("label", "remove", *at, "--note", "no").out == (
        f"took back your label of source {number}\n"
    )
    assert trapdb("label", "list").rows == []
    assert [row["withdrawn"] for row in trapdb("label", "list", "--history").rows] == [
        "False", "True",
    ]  # fmt: skip


def test_one_measurement_is_labelled(trapdb, ingested):
    point = trapdb("lightcurve", ingested[0]["source_id"]).rows[0]
    said = ("--rating", "artefact", "--epoch", point["taken_at"])
    assert trapdb("label", "add", ingested[0]["name"], *said).status == 0
    (row,) = trapdb("label", "list").rows
    assert row["epoch"] == point["taken_at"]


def test_mistakes_are_one_line(trapdb, ingested):
    name = ingested[0]["name"]
    for arguments, why in [
        (("add", name), "a label says something"),
        (("add", name, "--class", "quasar"), 'there is no class "quasar"'),
        (("add", "J0", "--rating", "real"), "no source named J0"),
        (("add", name, "--rating", "real", "--epoch", "2001-01-01"), "no image of"),
        (("remove", name), "no label"),
        (("list", "--history", "--dataset", "field"), "leave out the others"),
        (("import", "none.csv"), "there is no such file"),
    ]:
        answer = trapdb("label", *arguments)
        assert (answer.status, answer.err.count("\n")) == (2, 1)
        assert why in answer.err


def test_classes_are_listed_and_added(trapdb):
    before = {row["object_class"] for row in trapdb("label", "classes").rows}
    assert {"flare_star", "pulsar", "x_ray_binary", "sidelobe"} <= before
    assert trapdb("label", "add-class", "odd", "An odd one.").status == 0
    after = {row["object_class"]: row["description"] for row in trapdb("label", "classes").rows}
    assert after["odd"] == "An odd one."


def table(rows):
    """A source by name, one by id, one by position."""
    first, second, third = rows[:3]
    held = [
        (first["name"], "", 0.0, 0.0, "real", "flare_star", "x,y", "a note"),
        ("", second["source_id"], 0.0, 0.0, "artefact", "", "", ""),
        ("", "", float(third["ra"]), float(third["dec"]), "unsure", "", "", ""),
    ]
    names = ("name", "source_id", "ra", "dec", "rating", "class", "tags", "note")
    made = Table(rows=held, names=names)
    made["ra"] = made["ra"] * u.deg
    made["dec"] = made["dec"] * u.deg
    return made


@pytest.mark.parametrize("form", ["ascii.csv", "ascii.ecsv", "votable", "fits"])
def test_a_table_of_each_format_labels_its_sources(trapdb, ingested, tmp_path, form):
    path = tmp_path / "labels"
    table(ingested).write(path, format=form)
    answer = trapdb("label", "import", path)
    assert (answer.status, answer.out) == (0, "stored 3 labels in field\n"), answer.err
    found = {row["source_id"]: row for row in trapdb("label", "list").rows}
    assert [found[row["source_id"]]["rating"] for row in ingested[:3]] == [
        "real", "artefact", "unsure",
    ]  # fmt: skip
    assert found[ingested[0]["source_id"]]["tags"] == "x,y"


def test_positions_without_a_source_are_told_and_rows_that_say_nothing_passed_over(
    trapdb, ingested, tmp_path
):
    path = tmp_path / "labels.csv"
    lines = [f"{row['ra']},{row['dec']},real" for row in ingested[:2]]
    path.write_text("\n".join(["ra,dec,rating", lines[0], "10,10,real", "11,11,", lines[1], ""]))
    answer = trapdb("label", "import", path)
    assert (answer.status, answer.out) == (0, "stored 2 labels in field\n")
    assert answer.err == "no source within 10 arcsec of 1 position: row 2\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name,rating\n{0},real\nJ0,real\n", "row 2: field has no source named J0"),
        ("name,rating\n{0},real\n{0},maybe\n", 'row 2: "maybe" is no rating'),
        ("name,class\n{0},quasar\n", 'row 1: there is no class "quasar"'),
        ("name,rating,epoch\n{0},real,soon\n", "row 1: soon is no time"),
        ("name,ratings\n{0},real\n", "unknown column ratings, did you mean rating?"),
        ("rating\nreal\n", "none of source_id, name, and ra with dec"),
        ("name,ra,rating\n{0},1,real\n", "it has one of ra and dec only"),
        ("name,flux\n{0},1\n", "it has none of rating, class, tags, note"),
        ("name,rating\n{0},\n", "no row says anything"),
        ("name,rating\n{0},real\n,real\n", "row 2: it names no source"),
        ("ra,dec,rating\n1,2,real\nx,2,real\n", "row 2"),
    ],
)
def test_a_table_with_a_mistake_stores_nothing(trapdb, ingested, tmp_path, text, why):
    path = tmp_path / "labels.csv"
    path.write_text(text.format(ingested[0]["name"]))
    answer = trapdb("label", "import", path)
    assert (answer.status, answer.err.count("\n")) == (2, 1)
    assert why in answer.err
    assert str(path) in answer.err
    assert trapdb("label", "list", "--history").rows == []
