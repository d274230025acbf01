"""VOEvents of others: what is dangerous is refused, what strays is read."""

import math
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.alerts.flares import AUTHOR, flare
from trapdb.alerts import xml
from trapdb.alerts.packet import read_packet
from trapdb.alerts.voevent import voevent
from trapdb.errors import AlertError

# An update of a burst with faults of real ones: udc, url, no namespace.
STRAYING = b"""<VOEvent version="2.0" ivorn="ivo://org.example/bursts#7" role="test">
  <!-- nobody asked -->
  <Who><Date>2014-05-14T17:30:00+02:00</Date><Author><shortName>Bursts</shortName></Author></Who>
  <What>
    <Param name="AlertType" value="Retraction"/>
    <Group name="burst"><Param name="dm" value="562.7" unit="pc/cm^3" udc="phys.dispMeasure"/>
      <Param name="note"><Value>long</Value></Param></Group>
  </What>
  <WhereWhen><ObsDataLocation><ObservatoryLocation/><ObservationLocation>
    <AstroCoordSystem id="GPS-FK5-TOPO"/>
    <AstroCoords><Time><TimeInstant><ISOTime>2014-05-14T17:15:27</ISOTime></TimeInstant></Time>
      <Position2D><Value2><C1>-21.5</C1><C2>-12.25</C2></Value2></Position2D></AstroCoords>
  </ObservationLocation></ObsDataLocation></WhereWhen>
  <Reference url="http://example.org/burst"/>
</VOEvent>"""


def test_packets_that_stray_from_the_schema_are_read():
    packet = read_packet(STRAYING)
    assert packet.title == "Bursts"
    assert packet.written_at == datetime(2014, 5, 14, 15, 30, tzinfo=UTC)
    # GPS was 16 s ahead of UTC then
    assert packet.observed_at == datetime(2014, 5, 14, 17, 15, 11, tzinfo=UTC)
    assert (packet.ra, packet.dec) == (338.5, -12.25)
    assert math.isnan(packet.position_error)
    assert packet.value_of("dm") == "562.7"
    assert packet.value_of("note", "burst") == "long"
    assert packet.references == ("http://example.org/burst",)
    assert packet.is_retraction
    assert packet.text == STRAYING


@pytest.mark.parametrize(
    ("scale", "time"),
    [
        (b"UTC", b"0001-01-01T00:00:00+14:00"),
        (b"GPS", b"9999-12-31T23:59:59"),
        (b"TAI", b"2017-01-01T00:00:36"),  # within a leap second
    ],
)
def test_a_time_that_python_cannot_tell_is_left_out(scale, time):
    text = STRAYING.replace(b"2014-05-14T17:15:27", time).replace(b"GPS", scale)
    assert read_packet(text).observed_at is None


ENTITY = b'<!DOCTYPE VOEvent [<!ENTITY name "%s">]><VOEvent ivorn="ivo://a.b/c#&name;"/>'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (ENTITY % b"x", "document type declaration"),
        ((ENTITY % b"x").decode().encode("utf-16"), "document type declaration"),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>', "document type declaration"),
        (b"<a>" * 51 + b"</a>" * 51, "nested more than 50 deep"),
        (b"<a>" + b" " * xml.BYTES_MAX + b"</a>", "more than 1000000"),
        (b"<VOEvent ivorn='ivo://a.b/c#1'>&name;</VOEvent>", "no XML"),
        (b"", "no XML"),
        (b"\x00\xff\xfe", "no XML"),
        (b"<html/>", "no VOEvent"),
        (b"<VOEvent/>", "no ivorn"),
        (b"<VOEvent ivorn='ivo://a.b/c#1' role='iamalive'/>", "role"),
        (STRAYING.replace(b"-12.25", b"-91"), "no position"),
        (STRAYING.replace(b"<Position2D>", b"<Position2D unit='hours'>"), "degrees or radians"),
    ],
)
def test_what_is_dangerous_or_makes_no_sense_is_refused(text, why):
    with pytest.raises(AlertError, match=why):
        read_packet(text)


@given(
    st.lists(
        st.tuples(st.integers(0, 10**5), st.integers(0, 30), st.binary(max_size=30)), max_size=4
    )
)
def test_a_damaged_packet_is_read_or_refused(damages):
    text = voevent(flare(), AUTHOR)
    for start, length, instead in damages:
        start %= len(text)
        text = text[:start] + instead + text[start + length :]
    with suppress(AlertError):
        read_packet(text)
