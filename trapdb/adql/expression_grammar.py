"""The expressions of ADQL 2.1: from words to a tree of sqlglot's nodes.

The parser of sqlglot knows the SQL of thirty dialects. Of it the operators and their precedence
are taken over; what they stand between, and the conditions that are words, are read here, so that
nothing else is understood.
"""

import re
from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar

from sqlglot import exp
from sqlglot.tokens import Token, TokenType

from trapdb.adql.cursor import Cursor

_NUMBER = re.compile(r"[0-9.]+([eE][+-]?[0-9]+)?")
# What cannot follow a number without a blank.
_OF_NUMBERS = {TokenType.VAR, TokenType.DOT, TokenType.NUMBER}
_CONSTANTS: dict[TokenType, Callable[[], exp.Expr]] = {
    TokenType.NULL: exp.Null,
    TokenType.TRUE: lambda: exp.Boolean(this=True),
    TokenType.FALSE: lambda: exp.Boolean(this=False),
}


class Expressions(Cursor):
    """Reads expressions."""

    FACTOR: ClassVar = {TokenType.SLASH: exp.Div, TokenType.STAR: exp.Mul}
    TERM: ClassVar = {TokenType.DASH: exp.Sub, TokenType.PLUS: exp.Add}
    BITWISE: ClassVar = {}
    EXPONENT: ClassVar = {}

    @abstractmethod
    def _query(self) -> exp.Query:
        """Read a query within an expression."""

    def _expression(self) -> exp.Expr:
        """Read an expression: what there is no value for has been refused."""
        found = self._parse_disjunction()
        assert found is not None
        return found

    def _operation(self) -> exp.Expr:
        """Read what can be compared."""
        found = self._parse_bitwise()
        assert found is not None
        return found

    def _parse_comparison(self, this: exp.Expr | None = None) -> exp.Expr:
        this = this or self._predicate()
        while self._match_set(self.COMPARISON):
            operator = self.COMPARISON[self._prev.token_type]
            this = operator(this=this, expression=self._predicate())
        return this

    def _predicate(self) -> exp.Expr:
        this = self._operation()
        while True:
            token = self._curr
            negated = self._match(TokenType.NOT)
            if self._match(TokenType.BETWEEN):
                low = self._operation()
                self._expect(TokenType.AND, "AND")
                found: exp.Expr = exp.Between(this=this, low=low, high=self._operation())
            elif self._match(TokenType.IN):
                found = self._in(this)
            elif self._match(TokenType.LIKE):
                found = exp.Like(this=this, expression=self._operation())
            elif self._match(TokenType.ILIKE):
                found = exp.ILike(this=this, expression=self._operation())
            elif not negated and self._match(TokenType.IS):
                negated = self._match(TokenType.NOT)
                self._expect(TokenType.NULL, "NULL")
                found = exp.Is(this=this, expression=exp.Null())
            elif negated:
                self.raise_error("NOT is not expected here", token)
            else:
                return this
            this = exp.Not(this=found) if negated else found

    def _in(self, this: exp.Expr) -> exp.Expr:
        self._expect(TokenType.L_PAREN, "(")
        if self._query_follows():
            found = exp.In(this=this, query=exp.Subquery(this=self._query()))
        else:
            found = exp.In(this=this, expressions=self._several(self._expression))
        self._expect(TokenType.R_PAREN, ")")
        return found

    def _parse_at_time_zone(self, this: exp.Expr | None) -> exp.Expr | None:
        return this

    def _parse_unary(self) -> exp.Expr:
        token = self._curr
        if self._match(TokenType.NOT):
            return self._at(exp.Not(this=self._parse_equality()), token)
        if self._match(TokenType.DASH):
            return self._at(exp.Neg(this=self._parse_unary()), token)
        if self._match(TokenType.PLUS):
            return self._parse_unary()
        return self._operand_of_expression()

    def _operand_of_expression(self) -> exp.Expr:
        token = self._curr
        if token.token_type in self._NAMES:
            return self._column_or_function()
        if self._match(TokenType.STRING):
            return self._at(exp.Literal.string(token.text), token)
        if self._match_set((TokenType.NUMBER, TokenType.DOT)):
            return self._number(token)
        if self._match_set(_CONSTANTS):
            return self._at(_CONSTANTS[token.token_type](), token)
        if self._match(TokenType.CASE):
            return self._at(self._case(), token)
        if self._match(TokenType.EXISTS):
            query = self._in_parentheses(self._query)
            return self._at(exp.Exists(this=exp.Subquery(this=query)), token)
        if self._match(TokenType.L_PAREN):
            if self._query_follows():
                node: exp.Expr = exp.Subquery(this=self._query())
            else:
                node = exp.Paren(this=self._expression())
            self._expect(TokenType.R_PAREN, ")")
            return self._at(node, token)
        self._unexpected("a value")

    def _number(self, token: Token) -> exp.Expr:
        text = token.text
        if token.token_type == TokenType.DOT:
            if not (self._is_connected() and self._match(TokenType.NUMBER)):
                self._unexpected("a number")
            text += self._prev.text
        if self._is_connected() and self._curr.token_type in _OF_NUMBERS:
            self.raise_error(f"{text}{self._curr.text} is no number", token)
        if not _NUMBER.fullmatch(text):
            self.raise_error(f"{text} is no number", token)
        return self._at(exp.Literal.number(text), token)

    def _case(self) -> exp.Expr:
        this = None
        if not self._match(TokenType.WHEN, advance=False):
            this = self._expression()
        ifs = []
        while self._match(TokenType.WHEN):
            condition = self._expression()
            self._expect(TokenType.THEN, "THEN")
            ifs.append(exp.If(this=condition, true=self._expression()))
        if not ifs:
            self._unexpected("WHEN")
        default = self._expression() if self._match(TokenType.ELSE) else None
        self._expect(TokenType.END, "END")
        return exp.Case(this=this, ifs=ifs, default=default)

    def _column_or_function(self) -> exp.Expr:
        token = self._curr
        if self._next.token_type == TokenType.L_PAREN:
            if token.token_type == TokenType.IDENTIFIER:
                self.raise_error("a function is not written in quotes", token)
            self._advance(2)
            read = self._cast if token.text.upper() == "CAST" else self._function
            node = read(token)
            self._expect(TokenType.R_PAREN, ")")
            return self._at(node, token)
        parts: list[exp.Expr] = [self._identifier("a name")]
        while self._match(TokenType.DOT):
            if self._match(TokenType.STAR):
                parts.append(exp.Star())
                break
            parts.append(self._identifier("a name"))
        if self._match(TokenType.L_PAREN, advance=False):
            self.raise_error("a function has no schema", token)
        if len(parts) > 3:
            self.raise_error("a column is named by schema, table and column only", token)
        this, *qualifier = reversed(parts)
        keys = ("table", "db")
        return exp.Column(this=this, **dict(zip(keys, qualifier, strict=False)))

    def _function(self, token: Token) -> exp.Expr:
        arguments: list[exp.Expr] = []
        star = self._curr
        if self._match(TokenType.STAR):
            arguments = [self._at(exp.Star(), star)]
        elif not self._match(TokenType.R_PAREN, advance=False):
            distinct = self._match(TokenType.DISTINCT)
            if not distinct:
                self._match(TokenType.ALL)
            arguments = self._several(self._expression)
            if distinct:
                arguments = [exp.Distinct(expressions=arguments)]
        return exp.Anonymous(this=token.text.upper(), expressions=arguments)

    def _cast(self, token: Token) -> exp.Expr:
        this = self._expression()
        self._expect(TokenType.ALIAS, "AS")
        first = self._expect(TokenType.VAR, "a type")
        name = first.text.upper()
        if name == "DOUBLE" and self._match_text_seq("PRECISION"):
            name = "DOUBLE PRECISION"
        length = None
        if self._match(TokenType.L_PAREN):
            length = self._count(name)
            self._expect(TokenType.R_PAREN, ")")
        to = exp.Anonymous(this=name, expressions=[length] if length else [])
        return exp.Cast(this=this, to=self._at(to, first))
