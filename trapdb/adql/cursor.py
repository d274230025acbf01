"""A walk along the words of a query: which is next, where it stands, what to say if it is odd."""

import re
from bisect import bisect_right
from collections.abc import Callable
from typing import ClassVar, NoReturn, TypeVar

from sqlglot import exp
from sqlglot.parser import Parser
from sqlglot.tokens import Token, TokenType

from trapdb.adql.places import set_place
from trapdb.errors import AdqlError

LONGEST_NAME = 63  # bytes; PostgreSQL cuts off what is longer
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
# What may follow a query in parentheses, so that the whole is a query again.
_AFTER_QUERY = {
    *(TokenType.UNION, TokenType.EXCEPT, TokenType.INTERSECT),
    *(TokenType.ORDER_BY, TokenType.OFFSET, TokenType.R_PAREN),
}

Node = TypeVar("Node", bound=exp.Expr)


class Lines:
    """A text, with the places of its characters."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(found.end() for found in re.finditer(r"\r\n|\r|\n", text))]

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column of a character, counted from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


class Cursor(Parser):
    """Stands at a word of a query."""

    _NAMES: ClassVar = {TokenType.VAR, TokenType.IDENTIFIER}

    def begin(self, tokens: list[Token], lines: Lines) -> None:
        """Go to the first word."""
        self.reset()
        self._lines = lines
        self._chunks = [tokens]
        self._advance_chunk()

    def raise_error(self, message: str, token: Token | None = None) -> NoReturn:  # type: ignore[override]
        """Refuse the query where a word stands, or where it ends."""
        token = token or self._curr
        end = self._tokens[-1].end + 1 if self._tokens else 0
        raise AdqlError(message, *self._lines.place(token.start if token else end))

    def _unexpected(self, wanted: str = "") -> NoReturn:
        token = self._curr
        shown = "the query ends here"
        if token:
            words = self._lines.text[token.start : token.end + 1]
            shown = f"{words if len(words) <= 40 else words[:40] + '...'} is not expected here"
        self.raise_error(f"{shown}: {wanted} is missing" if wanted else shown, token)

    def _expect(self, token_type: TokenType, wanted: str) -> Token:
        if not self._match(token_type):
            self._unexpected(wanted)
        return self._prev

    def _at(self, node: Node, token: Token) -> Node:
        set_place(node, *self._lines.place(token.start))
        return node

    def _several(self, read: Callable[[], Node]) -> list[Node]:
        found = [read()]
        while self._match(TokenType.COMMA):
            found.append(read())
        return found

    def _in_parentheses(self, read: Callable[[], Node]) -> Node:
        self._expect(TokenType.L_PAREN, "(")
        node = read()
        self._expect(TokenType.R_PAREN, ")")
        return node

    def _count(self, clause: str) -> exp.Expr:
        token = self._curr
        if not (self._match(TokenType.NUMBER) and token.text.isdigit()):
            self.raise_error(f"{clause} is followed by a number of rows, as {clause} 100", token)
        return self._at(exp.Literal.number(token.text), token)

    def _query_follows(self) -> bool:
        """Tell whether what follows a parenthesis is a query, itself perhaps in parentheses."""
        index = self._index
        while self._type(index) == TokenType.L_PAREN:
            index += 1
        if self._type(index) != TokenType.SELECT:
            return False
        inner = index - self._index
        if not inner:
            return True
        depth = 1
        while depth and index < self._tokens_size:
            depth += self._type(index) == TokenType.L_PAREN
            depth -= self._type(index) == TokenType.R_PAREN
            index += 1
        while inner > 1 and self._type(index) == TokenType.R_PAREN:
            index += 1
            inner -= 1
        return self._type(index) in _AFTER_QUERY

    def _type(self, index: int) -> TokenType | None:
        return self._tokens[index].token_type if index < self._tokens_size else None

    def _identifier(self, wanted: str) -> exp.Identifier:
        token = self._curr
        if not self._match_set(self._NAMES):
            if (
                token
                and token.text.isalpha()
                and token.token_type not in (TokenType.STRING, TokenType.VAR)
            ):
                self.raise_error(f'{token.text} is a word of ADQL: as a name it is "{token.text}"')
            self._unexpected(wanted)
        quoted = token.token_type == TokenType.IDENTIFIER
        if token.text.upper() == "LIMIT" and self._curr.token_type == TokenType.NUMBER:
            self.raise_error(f"ADQL has no LIMIT: write SELECT TOP {self._curr.text}", token)
        if not (token.text if quoted else _NAME.fullmatch(token.text)):
            self.raise_error(f"{token.text or 'an empty pair of quotes'} is no name", token)
        if len(token.text.encode()) > LONGEST_NAME:
            self.raise_error(f"a name is longer than {LONGEST_NAME} bytes", token)
        name = exp.Identifier(this=token.text, quoted=quoted)
        self._at(name, token)
        return name

    def _parts(self, wanted: str) -> list[exp.Identifier]:
        parts = [self._identifier(wanted)]
        while self._match(TokenType.DOT):
            parts.append(self._identifier("a name"))
        return parts
