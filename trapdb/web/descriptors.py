"""What an answer tells of services that take its values: links, and light curves.

A program that knows nothing of trapdb finds out by them where the light curve of a row is.
Source: IVOA Recommendation, DataLink 1.1, section 4 (service descriptors).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from trapdb.web.fields import Field
from trapdb.web.votable import attribute, text

LINKS = "ivo://ivoa.net/std/DataLink#links-1.1"
SODA = "ivo://ivoa.net/std/SODA#sync-1.0"
FITS = "image/fits"
DID = "obs_publisher_did"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Input:
    """A parameter of a service: a value of a column of the row, or one that the user gives.

    Attributes
    ----------
    name : str
        Its name.
    ref : str or None
        ID of the column.
    about : str or None
        What it is.
    arraysize, datatype, xtype, unit, ucd : str or None
        As of a column.
    """

    name: str
    ref: str | None = None
    about: str | None = None
    datatype: str = "char"
    arraysize: str | None = "*"
    xtype: str | None = None
    unit: str | None = None
    ucd: str | None = None

    def element(self) -> str:
        """Return it as an element."""
        said = {
            "name": self.name,
            "ref": self.ref,
            "datatype": self.datatype,
            "arraysize": self.arraysize,
            "xtype": self.xtype,
            "unit": self.unit,
            "ucd": self.ucd,
        }
        attributes = " ".join(f"{key}={attribute(value)}" for key, value in said.items() if value)
        about = f"<DESCRIPTION>{text(self.about)}</DESCRIPTION>" if self.about else ""
        return f'<PARAM {attributes} value="">{about}</PARAM>\n'


def descriptor(
    name: str,
    about: str,
    url: str,
    inputs: Sequence[Input],
    standard: str | None = None,
    content: str | None = None,
) -> str:
    """Return the element that describes a service.

    Parameters
    ----------
    name : str
        What it is called, and its ID.
    about : str
        What it gives.
    url : str
        Where it is.
    inputs : sequence of Input
        Its parameters.
    standard : str or None
        Identifier of the standard that it follows.
    content : str or None
        Type of what it gives.
    """
    facts = {"standardID": standard, "accessURL": url, "contentType": content}
    named = attribute(name)
    return (
        f'<RESOURCE type="meta" utype="adhoc:service" name={named} ID={named}>\n'
        f"<DESCRIPTION>{text(about)}</DESCRIPTION>\n"
        + "".join(
            f'<PARAM name="{key}" datatype="char" arraysize="*" value={attribute(value)}/>\n'
            for key, value in facts.items()
            if value
        )
        + '<GROUP name="inputParams">\n'
        + "".join(one.element() for one in inputs)
        + "</GROUP>\n</RESOURCE>\n"
    )


def described(fields: Sequence[Field], here: str) -> tuple[list[Field], str]:
    """Return the columns of an answer, those that services take with an ID, and the services.

    Parameters
    ----------
    fields : sequence of Field
        The columns.
    here : str
        Address of the service.
    """
    services, named = "", list(fields)
    names = [one.name for one in fields]
    for number, one in enumerate(fields):
        column = _taken(one)
        # clients take an ID for the name of the column, so that it has to be one, and the only one
        if column is None or names.count(one.name) > 1 or not _NAME.fullmatch(one.name):
            continue
        if any(two.id and _taken(two) == column for two in named):
            continue
        named[number] = replace(one, id=one.name)
        taken = [Input("ID", one.name)]
        if column == "source_id":
            services += descriptor(
                "lightcurve", "The light curve of the source", f"{here}/lightcurve", taken,
                content="application/x-votable+xml",
            )  # fmt: skip
            about = "What is linked to the source: its light curve, and the images of its place"
            services += descriptor("source_links", about, f"{here}/datalink", taken, LINKS)
        else:
            about = "What is linked to the image or light curve"
            services += descriptor("links", about, f"{here}/datalink", taken, LINKS)
    return named, services


def _taken(field: Field) -> str | None:
    """Return which of the columns that services take a column is."""
    table, column = field.origin or ("", "")
    if table.startswith("trap.") and column == "source_id":
        return column
    return column if column == DID else None
