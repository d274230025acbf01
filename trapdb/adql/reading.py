"""From the text of a query to its tree."""

import re

from sqlglot import exp
from sqlglot.tokens import Token, TokenType

from trapdb.adql.cursor import Lines
from trapdb.adql.grammar import Grammar
from trapdb.adql.tokens import Words
from trapdb.errors import AdqlError

# A query that a person or a client writes is far below these.
LONGEST = 100_000  # characters
MOST_WORDS = 20_000
DEEPEST = 30  # parentheses within parentheses

_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\r\n]*")
_NO_CHARACTER = re.compile("[\0\ud800-\udfff]")
_STRANGE = re.compile(r"[^\w\s().,*+\-/<>=!|;'\"]|[^\x00-\x7f]|[\x00-\x08\x0b\x0c\x0e-\x1f]")


def read(text: str) -> exp.Query:
    """Read a query.

    Parameters
    ----------
    text : str
        One query in ADQL.

    Returns
    -------
    sqlglot.exp.Query
        Its tree, in which every word has its place.

    Raises
    ------
    AdqlError
        It is no query in ADQL, or too long or too deeply nested.
    """
    if len(text) > LONGEST:
        raise AdqlError(f"the query is longer than {LONGEST} characters", 1, 1)
    lines = Lines(text)
    _check_characters(text, lines)
    tokens = Words().tokenize(text)
    _check_nesting(tokens, lines)
    try:
        return Grammar().read(tokens, lines)
    except RecursionError:
        raise AdqlError("the query is too deeply nested", 1, 1) from None


def _check_characters(text: str, lines: Lines) -> None:
    """Refuse what is not closed, and what ADQL has no use for outside of quotes."""
    if nothing := _NO_CHARACTER.search(text):
        character = f"U+{ord(nothing[0]):04X}"
        raise AdqlError(f"{character} is no character", *lines.place(nothing.start()))
    outside = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), text)
    for quote, what in (("'", "text"), ('"', "name")):
        if quote in outside:
            place = lines.place(outside.index(quote))
            raise AdqlError(f"the {what} that begins here is not closed with {quote}", *place)
    if strange := _STRANGE.search(outside):
        character = strange[0] if strange[0].isprintable() else f"U+{ord(strange[0]):04X}"
        raise AdqlError(f"{character} has no meaning in ADQL", *lines.place(strange.start()))


def _check_nesting(tokens: list[Token], lines: Lines) -> None:
    if len(tokens) > MOST_WORDS:
        raise AdqlError(f"the query has more than {MOST_WORDS} words and signs", 1, 1)
    depth = 0
    for token in tokens:
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        if depth > DEEPEST:
            raise AdqlError(
                f"more than {DEEPEST} parentheses within each other", *lines.place(token.start)
            )
