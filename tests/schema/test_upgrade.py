import psycopg

from trapdb import schema


def test_fresh(raw_db_url):
    report = schema.upgrade(raw_db_url)
    assert report.before.state == "missing"
    assert report.after.state == "current"
    again = schema.upgrade(raw_db_url)
    assert again.files == 0


def test_check(db, operator_db, reader_db):
    for conn in (db, operator_db, reader_db):
        assert schema.check(conn).state == "current"
