"""The comment of a column of a view: "Meaning [unit]. {ucd words}", read by one parser."""

from collections import Counter

import pytest
from astropy.io.votable.ucd import parse_ucd
from astropy.units import Unit

FORM = (
    "the comment of a column of a view is 'Meaning [unit]. {ucd words}' (docs/developing.md), and"
    " its type one of trap.column_description; these are not:\n"
)


@pytest.fixture
def described(db):
    """Name, UCD, unit for services, type for VOTables, of all columns of views."""
    rows = db.execute("""
        select concat_ws('.', schema_name, view_name, column_name), ucd, vo_unit, datatype
        from trap.column_description
    """).fetchall()
    assert len(rows) > 400
    return rows


def test_every_column_of_a_view_is_described(described):
    without = [name for name, ucd, _, datatype in described if ucd is None or datatype is None]
    assert not without, FORM + "\n".join(without)


def test_every_word_of_a_ucd_is_in_the_official_list(described):
    wrong = []
    for name, ucd, _, _ in described:
        try:
            words = parse_ucd(ucd or "", check_controlled_vocabulary=True)
            if ";".join(word for _, word in words) != ucd:
                wrong.append(f"{name}: {ucd}: capitals")
        except ValueError as error:
            wrong.append(f"{name}: {error}")
    assert not wrong, "\n".join(wrong)


def test_one_quantity_of_a_kind_is_the_main_one(described):
    main = Counter(
        (name.rpartition(".")[0], ucd.partition(";")[0])
        for name, ucd, _, _ in described
        if ucd and ucd.endswith(";meta.main")
    )
    assert [place for place, count in main.items() if count > 1] == []


def test_every_unit_that_goes_out_is_of_the_virtual_observatory(described):
    for name, _, unit, _ in described:
        if unit is not None:
            assert Unit(unit, format="vounit"), name


@pytest.mark.parametrize(
    ("comment", "meaning", "unit", "described", "ucd", "words"),
    [
        ("Dec [deg]. {pos.eq.dec}", "Dec.", "deg", "Dec.", "pos.eq.dec", ""),
        ("V [1]; NULL {src.var.index}", "V; NULL", None, "V; NULL", "src.var.index", ""),
        ("Margin [sigma]. {stat.snr}", "Margin.", None, "Margin [sigma].", "stat.snr", ""),
        ("Slope [Jy/beam/d].", "Slope.", "Jy/(beam.d)", "Slope.", None, ""),
        ("Area [deg^2].", "Area.", "deg**2", "Area.", None, ""),
        ("Its id. {meta.id;meta.main principal indexed}", "Its id.", None, "Its id.",
         "meta.id;meta.main", "principal indexed"),
        ("A. {meta.id utype=a:B.c xtype=timestamp}", "A.", None, "A.", "meta.id",
         "a:B.c timestamp"),
        # what does not follow the form is a text and nothing else
        ("A. {meta.id; meta.main}", "A. {meta.id; meta.main}", None, "A. {meta.id; meta.main}",
         None, ""),
        ("A. {meta.id main}", "A. {meta.id main}", None, "A. {meta.id main}", None, ""),
        ("A {b}. {meta.id}", "A {b}. {meta.id}", None, "A {b}. {meta.id}", None, ""),
        ("A. {meta.id} ", "A. {meta.id} ", None, "A. {meta.id} ", None, ""),
        (None, None, None, None, None, ""),
    ],
)  # fmt: skip
def test_what_a_comment_says(db, comment, meaning, unit, described, ucd, words):
    (row,) = db.execute(
        "select meaning, vo_unit, vo_description, ucd, concat_ws(' ', utype, xtype,"
        " case when principal then 'principal' end, case when indexed then 'indexed' end)"
        " from trap.annotation(%s)",
        [comment],
    ).fetchall()
    assert row == (meaning, unit, described, ucd, words)
