"""The record of the archive, judged by the schemas of the IVOA that come with stilts."""

import asyncio
import io
import itertools
import re
import zipfile
from pathlib import Path

import httpx
import pytest
from lxml import etree
from pyvo.io.vosi import parse_capabilities, parse_tables
from starlette.applications import Starlette

from tests.tap.conftest import DESCRIBED
from trapdb.reference.moc import read_moc
from trapdb.web.registry import ROUTES
from trapdb.web.service import Offer, Service
from trapdb.web.settings import Settings

PLACES = "/usr/share/java", "/usr/share/stilts", "/opt/stilts"
INSIDE = "uk/ac/starlink/ttools/taplint/"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
PLANCK_J_S = 6.62607015e-34
# The address under which a schema is asked for by others, where it is not that of its name.
SCHEMAS = {
    "http://www.ivoa.net/xml/VOResource/v1.0": "VOResource-v1.1.xsd",
    "http://www.ivoa.net/xml/VOResource/VOResource-v1.0.xsd": "VOResource-v1.1.xsd",
    "http://www.ivoa.net/xml/VODataService/v1.1": "VODataService-v1.2.xsd",
    "http://www.ivoa.net/xml/TAPRegExt/v1.0": "TAPRegExt-v1.0-Erratum1.xsd",
    "http://www.ivoa.net/xml/STC/stc-v1.30.xsd": "stc-v1.30.xsd",
    "http://www.ivoa.net/xml/VOSICapabilities/v1.0": "VOSICapabilities-v1.0.xsd",
    "http://www.ivoa.net/xml/Xlink/xlink.xsd": "xlink.xsd",
    "http://www.w3.org/2001/xml.xsd": "xmlnamespace.xsd",
}
# All that a record needs of the registry's own schema, which does not come along.
ROOT = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
  xmlns:vr="http://www.ivoa.net/xml/VOResource/v1.0"
  targetNamespace="http://www.ivoa.net/xml/RegistryInterface/v1.0">
  <xs:import namespace="http://www.ivoa.net/xml/VOResource/v1.0"
    schemaLocation="http://www.ivoa.net/xml/VOResource/v1.0"/>
  <xs:import namespace="http://www.ivoa.net/xml/VODataService/v1.1"
    schemaLocation="http://www.ivoa.net/xml/VODataService/v1.1"/>
  <xs:import namespace="http://www.ivoa.net/xml/TAPRegExt/v1.0"
    schemaLocation="http://www.ivoa.net/xml/TAPRegExt/v1.0"/>
  <xs:import namespace="http://www.ivoa.net/xml/VOSICapabilities/v1.0"
    schemaLocation="http://www.ivoa.net/xml/VOSICapabilities/v1.0"/>
  <xs:import namespace="http://www.ivoa.net/xml/ConeSearch/v1.0"
    schemaLocation="http://www.ivoa.net/xml/ConeSearch/v1.0"/>
  <xs:element name="Resource" type="vr:Resource"/>
</xs:schema>"""
# Nor does that of cone searches: what section 3.1 of SimpleDALRegExt 1.1 says that they tell.
CONES = b"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
  xmlns:vr="http://www.ivoa.net/xml/VOResource/v1.0"
  targetNamespace="http://www.ivoa.net/xml/ConeSearch/v1.0">
  <xs:import namespace="http://www.ivoa.net/xml/VOResource/v1.0"
    schemaLocation="http://www.ivoa.net/xml/VOResource/v1.0"/>
  <xs:complexType name="ConeSearch"><xs:complexContent><xs:extension base="vr:Capability">
    <xs:sequence>
      <xs:element name="maxSR" type="xs:float" minOccurs="0"/>
      <xs:element name="maxRecords" type="xs:positiveInteger" minOccurs="0"/>
      <xs:element name="verbosity" type="xs:boolean"/>
    </xs:sequence>
  </xs:extension></xs:complexContent></xs:complexType>
</xs:schema>"""
SERVICES = ("tap", "scs", "sia2", "datalink", "soda")


@pytest.fixture(scope="module")
def schema(stilts):
    jars = [jar for place in PLACES for jar in Path(place).glob("*ttools*.jar")]
    for jar in jars:
        with zipfile.ZipFile(jar) as archive:
            names = set(archive.namelist())
            if all(INSIDE + name in names for name in SCHEMAS.values()):
                files = {url: archive.read(INSIDE + name) for url, name in SCHEMAS.items()}
                files["http://www.ivoa.net/xml/ConeSearch/v1.0"] = CONES
                break
    else:
        pytest.skip("this stilts brings no schemas of the IVOA, or older ones")

    class Known(etree.Resolver):
        def resolve(self, url, public_id, context):
            return self.resolve_string(files[url], context, base_url=url)

    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Known())
    return etree.XMLSchema(etree.parse(io.StringIO(ROOT), parser))


@pytest.fixture(scope="module")
def record(http):
    reply = http.get("/registry")
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"].startswith("text/xml")
    return etree.fromstring(reply.content)


def test_the_record_is_as_the_schemas_have_it(record, schema):
    schema.assertValid(record)
    etree.SubElement(record, "title").text = "one too many"
    assert not schema.validate(record)
    record.remove(record[-1])


@pytest.mark.parametrize("service", SERVICES)
def test_the_capabilities_are_as_the_schemas_have_them(http, schema, service):
    schema.assertValid(etree.fromstring(http.get(f"/{service}/capabilities").content))
    assert "available>true<" in http.get(f"/{service}/availability").text


def test_it_says_what_the_settings_say(record, here):
    def said(path):
        return [element.text for element in record.findall(path)]

    assert said("title") == ["Sky & <Sea>"]
    assert said("identifier") == [DESCRIBED["identifier"]]
    assert said("curation/publisher") == [DESCRIBED["publisher"]]
    assert said("curation/contact/email") == [DESCRIBED["contact"]]
    assert said("curation/creator/name") == DESCRIBED["creators"]
    assert said("content/description") == [DESCRIBED["description"]]
    assert said("content/subject") == ["radio-transient-sources", "time-domain-astronomy"]
    assert said("content/referenceURL") == [f"{here}/"]
    (pages,) = record.xpath("capability/interface[@xsi:type='vr:WebBrowser']/accessURL",
                            namespaces={"xsi": XSI[1:-1]})  # fmt: skip
    assert pages.text == f"{here}/"


def test_it_offers_what_each_service_says_of_itself(record, http):
    """One description: what VOSI has is in the record, to the letter."""
    told = etree.fromstring(http.get("/tap/capabilities").content)
    ours = {canonical(element) for element in record.findall("capability")}
    assert len(told) >= 5
    assert {canonical(element) for element in told} <= ours
    for service in SERVICES[1:]:
        told = etree.fromstring(http.get(f"/{service}/capabilities").content)
        assert canonical(told[0]) in ours
    tables = etree.fromstring(http.get("/tap/tables").content)
    assert [canonical(one) for one in tables] == [canonical(one) for one in record.find("tableset")]


def test_pyvo_reads_both(record, http, here):
    capabilities = parse_capabilities(io.BytesIO(http.get("/tap/capabilities").content))
    standards = {one.standardid for one in capabilities}
    assert {"ivo://ivoa.net/std/TAP", "ivo://ivoa.net/std/VOSI#tables-1.1"} <= standards
    (tap,) = (one for one in capabilities if one.standardid == "ivo://ivoa.net/std/TAP")
    assert tap.interfaces[0].accessurls[0].content == f"{here}/tap"
    names = {one.text for one in record.findall("tableset/schema/table/name")}
    tables = parse_tables(io.BytesIO(http.get("/tap/tables").content))
    assert names == {one.name for one in tables.iter_tables()}


def test_it_covers_the_images(record, look):
    times, spectra = (
        [tuple(map(float, one.text.split())) for one in record.findall(f"coverage/{axis}")]
        for axis in ("temporal", "spectral")
    )
    images = look.execute("""select extract(epoch from taken_at)::float8 / 86400 + 40587,
        duration / 86400, freq_eff, coalesce(bandwidth, 0) from trap.image
        where status = 'accepted'""").fetchall()
    assert images
    for intervals in (times, spectra):
        assert all(low <= high for low, high in intervals)
        assert all(a[1] < b[0] for a, b in itertools.pairwise(intervals))
    for taken, lasts, freq, bandwidth in images:
        assert holds(times, taken, taken + lasts, 1e-6)
        low, high = (PLANCK_J_S * (freq + sign * bandwidth / 2) for sign in (-1, 1))
        assert holds(spectra, low, high, 1e-12 * high)
    assert min(low for low, _ in times) == pytest.approx(min(i[0] for i in images), abs=1e-6)
    assert max(high for _, high in times) == pytest.approx(max(i[0] + i[1] for i in images))


def test_it_covers_the_sky_of_the_images_in_coarse_cells(record, http):
    cells = read_moc(record.find("coverage/spatial").text)
    fine = read_moc(http.get("/moc", params={"RESPONSEFORMAT": "ascii"}).text)
    assert max(map(int, re.findall(r"(\d+)/", record.find("coverage/spatial").text))) <= 6
    for low, high in zip(*fine, strict=True):
        assert ((cells[0] <= low) & (high <= cells[1])).any()
    assert sum(cells[1] - cells[0] + 1) < 1.5 * sum(fine[1] - fine[0] + 1)


def test_without_what_nobody_else_can_say_there_is_none():
    """The settings are all that is asked, so that nothing else has to be there."""
    app = Starlette(routes=ROUTES)
    settings = Settings(publisher="The observatory", description="Sources")
    app.state.service = Service(settings, None, Offer((), {}, "public"), None)

    async def get():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.get("/registry")

    reply = asyncio.run(get())
    assert reply.status_code == 404
    assert "section [serve] lacks identifier, contact" in reply.text
    assert 'value="ERROR"' in reply.text


@pytest.mark.parametrize(
    "identifier", ["ivo://a/b", "ivo://org.example/a b", "http://x.org/y", "ivo://org.example/<a>"]
)
def test_an_identifier_that_is_none_is_refused(identifier):
    with pytest.raises(ValueError, match="expected an identifier such as ivo://"):
        Settings(identifier=identifier)


def canonical(element):
    """The element as text, wherever it stands."""
    return etree.tostring(element, method="c14n", exclusive=True).strip()


def holds(intervals, low, high, slack):
    return any(a - slack <= low and high <= b + slack for a, b in intervals)
