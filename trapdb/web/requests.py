"""The parameters of a request, as DALI has them: names in upper or lower case, also several times.

Source: IVOA Recommendation DALI 1.1, section 3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.datastructures import UploadFile
from starlette.requests import Request

from trapdb.web.faults import Refused
from trapdb.web.service import Service

MOST_PARAMETERS = 1000


def service_of(request: Request) -> Service:
    """Return the service that a request came to."""
    service: Service = request.app.state.service
    return service


@dataclass(frozen=True)
class Parameters:
    """The parameters of a request, by name in upper case, and the files that came with it."""

    values: Mapping[str, Sequence[str]]
    files: Mapping[str, UploadFile] = field(default_factory=dict)

    def all(self, name: str) -> list[str]:
        """Return the values of a parameter that are not empty."""
        return [value for value in self.values.get(name, ()) if value]

    def one(self, name: str) -> str | None:
        """Return the value of a parameter that may be there once.

        Raises
        ------
        Refused
            It is there more than once, with different values.
        """
        found = set(self.all(name))
        if len(found) > 1:
            raise Refused(f"{name} is there more than once")
        return found.pop() if found else None

    def required(self, name: str) -> str:
        """Return the value of a parameter that has to be there.

        Raises
        ------
        Refused
            It is not there, or more than once.
        """
        value = self.one(name)
        if value is None:
            raise Refused(f"parameter {name} is missing")
        return value

    def count(self, name: str) -> int | None:
        """Return a number of 0 or more; None if it is not there.

        Raises
        ------
        Refused
            It is none.
        """
        value = self.one(name)
        if value is None:
            return None
        if not (value.isascii() and value.isdigit() and len(value) < 19):
            raise Refused(f"{name}={value[:40]!r}: expected 0 or more, in 18 digits at most")
        return int(value)

    def number(self, name: str) -> float | None:
        """Return a number; None if it is not there.

        Raises
        ------
        Refused
            It is none.
        """
        value = self.one(name)
        if value is None:
            return None
        try:
            return float(value)
        except ValueError:
            raise Refused(f"{name}={value[:40]!r}: expected a number") from None


async def parameters_of(request: Request) -> Parameters:
    """Read the parameters of a request, from its address and its body.

    Raises
    ------
    Refused
        There are too many.
    """
    values: dict[str, list[str]] = {}
    files: dict[str, UploadFile] = {}
    for name, value in request.query_params.multi_items():
        values.setdefault(name.upper(), []).append(value)
    if request.method == "POST":
        most = service_of(request).settings.limits.request_bytes
        form = await request.form(max_files=20, max_fields=MOST_PARAMETERS, max_part_size=most)
        for name, given in form.multi_items():
            if isinstance(given, UploadFile):
                files[name] = given
            else:
                values.setdefault(name.upper(), []).append(given)
    if sum(map(len, values.values())) > MOST_PARAMETERS:
        raise Refused(f"there are more than {MOST_PARAMETERS} parameters")
    return Parameters(values, files)


def base_url(request: Request) -> str:
    """Return the address of the service as its users see it, without a slash at the end."""
    return service_of(request).settings.base_url or str(request.base_url).rstrip("/")
