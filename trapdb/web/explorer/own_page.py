"""Whether a request was sent by a page of this service, rather than by another one on the Web."""

from urllib.parse import urlsplit

from starlette.requests import Request

from trapdb.web.requests import base_url


def is_from_own_page(request: Request) -> bool:
    """Return whether a page of this service sent a request, at the address that users see.

    A browser says with each request that is more than a look at a page where it comes from; other
    programs say so if they mean it.
    """
    here = urlsplit(base_url(request))
    return (
        request.headers.get("origin") == f"{here.scheme}://{here.netloc}"
        and request.headers.get("sec-fetch-site", "same-origin") == "same-origin"
    )
