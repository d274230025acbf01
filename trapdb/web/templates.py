"""Pages from their templates, in which whatever is put in is text and nothing else."""

import math
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request

from trapdb.web.addresses import of_dataset
from trapdb.web.requests import base_url, service_of
from trapdb.web.static import assets_path

_PAGES = Environment(
    loader=PackageLoader("trapdb.web", "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
# of a row that has both
_PAGES.filters["in_path"] = lambda row: of_dataset(row.dataset, row.dataset_id)


def _number(value: float | None, digits: int = 4, unit: float = 1.0) -> str:
    """Return a number as pages have it, in a unit; unknown is a dash."""
    if value is None or not math.isfinite(value):
        return "\N{EN DASH}"
    return f"{value / unit:.{digits}g}".replace("-", "\N{MINUS SIGN}")


_PAGES.filters["number"] = _number


def _longest(timings: object) -> list[tuple[str, float]]:
    """Return the stages of a run that took longest, in s; a restored dump may say anything."""
    named = timings.items() if isinstance(timings, dict) else ()
    known = [(stage, one) for stage, one in named if isinstance(one, int | float)]
    return sorted(known, key=lambda one: -one[1])[:3]


_PAGES.filters["longest"] = _longest


def rendered(request: Request, name: str, **values: object) -> str:
    """Return a page.

    Parameters
    ----------
    request : Request
        The request that it answers.
    name : str
        The template.
    **values
        What it shows, besides what the settings say of the archive: ``here`` is the address of the
        service to be shown, ``root`` its path, for links that hold whatever name it is reached by,
        ``writable`` whether there is something to write, ``sign_in_here`` whether for who signs in.
    """
    settings = service_of(request).settings
    here = base_url(request)
    root = urlsplit(here).path
    people = request.app.state.people
    return _PAGES.get_template(name).render(
        title=settings.title,
        publisher=settings.publisher,
        contact=settings.contact,
        here=here,
        root=root,
        assets=f"{root}{assets_path()}",
        writable=people is not None,
        sign_in_here=people is not None and people.sign_in_here,
        **values,
    )
