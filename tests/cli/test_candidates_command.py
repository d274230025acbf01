"""`trapdb candidates`: what judges the transients, and all sources by how unusual they are."""

from trapdb.cli import candidates


def test_candidates_are_the_transients_in_the_order_of_their_significance(trapdb, filled):
    listed = {row["source_id"] for row in filled("transients").rows}
    rows = trapdb("candidates").rows
    assert listed
    assert {row["source_id"] for row in rows} == listed
    largest = [float(row["max_significance"] or 0) for row in rows]
    assert largest == sorted(largest, reverse=True)
    assert len(trapdb("candidates", "--limit", "1").rows) == 1


def test_the_ranked_come_first_until_they_are_rated(trapdb, filled):
    every = filled("sources").rows
    transients = {row["source_id"] for row in trapdb("transients").rows}
    rows = trapdb("candidates", "--rank", "--limit", "1000").rows
    assert {row["source_id"] for row in rows} == {row["source_id"] for row in every}
    assert [row["place"] for row in rows] == [str(n) for n in range(1, len(rows) + 1)]
    first = rows[0]
    assert first["source_id"] in transients
    assert float(first["anomaly"]) == float(first["score"]) == 1
    assert trapdb("label", "add", first["source_id"], "--rating", "artefact").status == 0
    again = trapdb("candidates", "--rank", "--limit", "1000").rows
    assert again[-1]["source_id"] == first["source_id"]
    assert (again[-1]["label_rating"], float(again[-1]["score"])) == ("artefact", 0)


def test_without_data_there_is_one_line(trapdb):
    answer = trapdb("candidates", "--rank")
    assert answer.status == 2
    assert answer.err.startswith("trapdb: there is no data set yet")


def test_what_is_gone_when_it_is_judged_is_left_out(trapdb, filled, monkeypatch):
    """Between the ranking and its figures an ingest that goes on may have changed sources."""
    judged = candidates._judged
    monkeypatch.setattr(candidates, "_judged", lambda *given: judged(*given)[1:])
    every = filled("sources").rows
    rows = trapdb("candidates", "--rank", "--limit", "1000").rows
    assert len(rows) == len(every) - 1
    assert [row["place"] for row in rows] == [str(n) for n in range(1, len(rows) + 1)]
