from datetime import UTC, datetime

import pytest

from extractor.readers.header_times import parse_time

NOON = datetime(2013, 5, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "timesys", "expected"),
    [
        ("2013-05-04T12:00:00", "UTC", NOON),
        ("2013-05-04T12:00:00Z", "TAI", NOON),
        ("2013-05-04T14:00:00+02:00", "UTC", NOON),
        ("['2013-05-04T12:00:00', '2013-05-04T13:00:00']", "UTC", NOON),
        ("2013-05-04", "UTC", datetime(2013, 5, 4, tzinfo=UTC)),
        ("04/05/93", "UTC", datetime(1993, 5, 4, tzinfo=UTC)),
        (2013.0, "UTC", datetime(2013, 1, 1, tzinfo=UTC)),
        ("2013-05-04T12:00:35", "TAI", NOON),
        ("2013-05-04T12:00:16", "GPS", NOON),
        ("2013-05-04T12:01:07.184", "TT", NOON),
    ],
)
def test_times_become_utc(value, timesys, expected):
    assert abs((parse_time(value, timesys) - expected).total_seconds()) < 1e-4


def test_ut1_stays_within_a_second_of_utc():
    difference = parse_time("2013-05-04T12:00:00", "UT1") - NOON
    assert 0 < abs(difference.total_seconds()) < 0.9


@pytest.mark.parametrize("value", ["yesterday", "", "12", 1e300, "2013-13-40"])
def test_what_is_no_time_is_refused(value):
    with pytest.raises(ValueError, match=r"."):
        parse_time(value)


def test_an_unknown_time_system_is_refused():
    with pytest.raises(ValueError, match="MARS"):
        parse_time("2013-05-04", "MARS")
