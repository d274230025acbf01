"""Single data sets between databases, at the command line."""


def test_a_data_set_is_dumped_deleted_and_restored(filled, field, tmp_path):
    before = sorted(filled("export", "lightcurve", "--dataset", "field").out.splitlines())
    folder = tmp_path / "field.dump"
    answer = filled("db", "dump", "field", "--output", folder)
    assert answer.status == 0
    assert answer.out.startswith("dumped field: ")
    assert "measurement: " in answer.err
    taken = filled("db", "restore", folder)
    assert taken.status == 2
    assert 'there is a data set named "field" already' in taken.err
    copied = filled("db", "restore", folder, "--as", "copy", "--renumber")
    assert (copied.status, copied.out) == (0, "restored copy, data set 2\n")
    filled("dataset", "delete", "field", "--yes")
    assert filled("db", "restore", folder).out == "restored field, data set 1\n"
    after = sorted(filled("export", "lightcurve", "--dataset", "field").out.splitlines())
    assert after == before
    assert filled("dataset", "verify", "copy").status == 0
    assert "nothing to do" in filled("ingest", field.folder, "--dataset", "copy").out

    again = filled("db", "dump", "field", "--output", folder)
    assert (again.status, again.err) == (2, f"trapdb: {folder}: is there already\n")
    for mistake in (("db", "dump", "nothing", "-o", tmp_path / "a"), ("db", "restore", "/nowhere")):
        answer = filled(*mistake)
        assert answer.status == 2
        assert answer.err.count("\n") == 1
