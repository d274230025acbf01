"""XML that strangers send: no entities, no network, bounded in size and depth."""

from trapdb.errors import AlertError, InputError

try:
    from lxml import etree
except ModuleNotFoundError as error:
    raise InputError(
        "alerts need lxml, which is not installed: pip install 'trapdb[alerts]'"
    ) from error

BYTES_MAX = 1_000_000
# VOEvents need ten.
DEPTH_MAX = 50


class _Tree:
    """Builds the tree of a document, and stops at what no alert needs."""

    def __init__(self) -> None:
        self._builder = etree.TreeBuilder()
        self._depth = 0
        self._begun = False

    def doctype(self, *_: object) -> None:
        """Stop before anything is declared: entities are."""
        raise AlertError("it has a document type declaration, which alerts may not have")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._begun = True
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise AlertError(f"its elements are nested more than {DEPTH_MAX} deep")
        self._builder.start(tag, attributes)

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._builder.end(tag)

    def data(self, text: str) -> None:
        self._builder.data(text)

    def close(self) -> "etree._Element | None":
        # Also called where parsing stopped: a complaint of the builder would hide the reason.
        return self._builder.close() if self._depth == 0 and self._begun else None


def parse(text: bytes) -> "etree._Element":
    """Parse a document; comments and processing instructions are left out.

    Raises
    ------
    AlertError
        It is too large, too deep, has a document type declaration, or is no XML.
    """
    if len(text) > BYTES_MAX:
        raise AlertError(f"it has {len(text)} bytes; more than {BYTES_MAX} are not read")
    parser = etree.XMLParser(
        target=_Tree(), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        return etree.fromstring(text, parser)
    except etree.XMLSyntaxError as error:
        raise AlertError(f"it is no XML: {error.msg}") from error
    except ValueError as error:  # names that the parser takes, and no tree
        raise AlertError(f"it is no XML: {error}") from error


def name_of(element: "etree._Element") -> str:
    """Return the name of an element without its namespace, of which senders disagree."""
    return etree.QName(element).localname


def child(element: "etree._Element | None", *path: str) -> "etree._Element | None":
    """Return the first descendant on a path of names; None if there is none."""
    for name in path:
        if element is None:
            return None
        element = next((one for one in element if name_of(one) == name), None)
    return element


def children(element: "etree._Element | None", name: str) -> "list[etree._Element]":
    """Return the children of a name."""
    return [] if element is None else [one for one in element if name_of(one) == name]


def text_of(element: "etree._Element | None", *path: str) -> str:
    """Return the text of the first descendant on a path of names; empty if there is none."""
    found = child(element, *path)
    return "" if found is None else "".join(found.itertext()).strip()
