"""Pages from their templates, in which whatever is put in is text and nothing else."""

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request

from trapdb.web.requests import base_url, service_of

_PAGES = Environment(
    loader=PackageLoader("trapdb.web", "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def rendered(request: Request, name: str, **values: object) -> str:
    """Return a page.

    Parameters
    ----------
    request : Request
        The request that it answers.
    name : str
        The template.
    **values
        What it shows, besides what the settings say of the archive.
    """
    settings = service_of(request).settings
    return _PAGES.get_template(name).render(
        title=settings.title,
        publisher=settings.publisher,
        contact=settings.contact,
        here=base_url(request),
        **values,
    )
