"""The grammar of ADQL 2.1: from words to a tree of sqlglot's nodes.

The parser of sqlglot knows the SQL of thirty dialects. Of it the operators and their precedence
are taken over; clauses, tables and what an expression is made of are read here, so that nothing
else is understood. A word that is not expected is refused where it stands.
"""

import re
from bisect import bisect_right
from collections.abc import Callable
from typing import ClassVar, NoReturn

from sqlglot import exp
from sqlglot.parser import Parser
from sqlglot.tokens import Token, TokenType

from trapdb.adql.places import set_place
from trapdb.errors import AdqlError

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_NUMBER = re.compile(r"[0-9.]+([eE][+-]?[0-9]+)?")
# What cannot follow a number without a blank.
_OF_NUMBERS = {TokenType.VAR, TokenType.DOT, TokenType.NUMBER}
LONGEST_NAME = 63  # bytes; PostgreSQL cuts off what is longer
_SET_OPERATIONS = {TokenType.UNION: exp.Union, TokenType.EXCEPT: exp.Except}
_SIDES = {TokenType.LEFT, TokenType.RIGHT, TokenType.FULL}
# What may follow a query in parentheses, so that the whole is a query again.
_AFTER_QUERY = {
    *_SET_OPERATIONS,
    *(TokenType.INTERSECT, TokenType.ORDER_BY, TokenType.OFFSET, TokenType.R_PAREN),
}
_CONSTANTS: dict[TokenType, Callable[[], exp.Expr]] = {
    TokenType.NULL: exp.Null,
    TokenType.TRUE: lambda: exp.Boolean(this=True),
    TokenType.FALSE: lambda: exp.Boolean(this=False),
}


class Lines:
    """A text, with the places of its characters."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(found.end() for found in re.finditer(r"\r\n|\r|\n", text))]

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column of a character, counted from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


class Grammar(Parser):
    """Reads one query."""

    FACTOR: ClassVar = {TokenType.SLASH: exp.Div, TokenType.STAR: exp.Mul}
    TERM: ClassVar = {TokenType.DASH: exp.Sub, TokenType.PLUS: exp.Add}
    BITWISE: ClassVar = {}
    EXPONENT: ClassVar = {}

    def read(self, tokens: list[Token], lines: Lines) -> exp.Query:
        """Return the tree of a query.

        Raises
        ------
        AdqlError
            A word is not expected where it stands.
        """
        self.reset()
        self._lines = lines
        if tokens and tokens[-1].token_type == TokenType.SEMICOLON:
            tokens = tokens[:-1]
        self._chunks = [tokens]
        self._advance_chunk()
        with_ = self._with()
        query = self._query()
        if self._curr:
            self._unexpected()
        if with_:
            query.set("with_", with_)
        return query

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

    def _at(self, node: exp.Expr, token: Token) -> exp.Expr:
        set_place(node, *self._lines.place(token.start))
        return node

    def _several(self, read: Callable[[], exp.Expr]) -> list[exp.Expr]:
        found = [read()]
        while self._match(TokenType.COMMA):
            found.append(read())
        return found

    def _in_parentheses(self, read: Callable[[], exp.Expr]) -> exp.Expr:
        self._expect(TokenType.L_PAREN, "(")
        node = read()
        self._expect(TokenType.R_PAREN, ")")
        return node

    # queries

    def _with(self) -> exp.With | None:
        if not self._match(TokenType.WITH):
            return None
        return exp.With(expressions=self._several(self._named_query))

    def _named_query(self) -> exp.Expr:
        name = self._identifier("the name of a query")
        self._expect(TokenType.ALIAS, "AS")
        return exp.CTE(this=self._in_parentheses(self._query), alias=exp.TableAlias(this=name))

    def _query(self) -> exp.Query:
        query = self._sets()
        token = self._curr
        if self._match(TokenType.ORDER_BY):
            query.set("order", self._at(exp.Order(expressions=self._several(self._sort)), token))
        if self._match(TokenType.OFFSET):
            query.set("offset", exp.Offset(expression=self._count("OFFSET")))
        return query

    def _sort(self) -> exp.Expr:
        this = self._expression()
        descending = self._match(TokenType.DESC)
        if not descending:
            self._match(TokenType.ASC)
        return exp.Ordered(this=this, desc=descending)

    def _count(self, clause: str) -> exp.Expr:
        token = self._curr
        if not (self._match(TokenType.NUMBER) and token.text.isdigit()):
            self.raise_error(f"{clause} is followed by a number of rows, as {clause} 100", token)
        return self._at(exp.Literal.number(token.text), token)

    def _sets(self) -> exp.Query:
        query = self._intersections()
        while self._match_set(_SET_OPERATIONS):
            operation = _SET_OPERATIONS[self._prev.token_type]
            query = self._set_operation(operation, query, self._intersections)
        return query

    def _intersections(self) -> exp.Query:
        query = self._operand()
        while self._match(TokenType.INTERSECT):
            query = self._set_operation(exp.Intersect, query, self._operand)
        return query

    def _set_operation(
        self,
        operation: type[exp.SetOperation],
        query: exp.Query,
        operand: Callable[[], exp.Query],
    ) -> exp.Query:
        distinct = not self._match(TokenType.ALL)
        return operation(this=query, expression=operand(), distinct=distinct)

    def _operand(self) -> exp.Query:
        if self._match(TokenType.L_PAREN):
            query = exp.Subquery(this=self._query())
            self._expect(TokenType.R_PAREN, ")")
            return query
        return self._select()

    def _select(self) -> exp.Query:
        token = self._expect(TokenType.SELECT, "SELECT")
        distinct = self._match(TokenType.DISTINCT)
        if not distinct:
            self._match(TokenType.ALL)
        top = self._count("TOP") if self._match(TokenType.TOP) else None
        select = exp.Select(
            distinct=exp.Distinct() if distinct else None,
            limit=exp.Limit(expression=top) if top else None,
            expressions=self._several(self._output),
        )
        self._expect(TokenType.FROM, "FROM")
        select.set("from_", exp.From(this=exp.Tuple(expressions=self._several(self._joined))))
        if self._match(TokenType.WHERE):
            select.set("where", exp.Where(this=self._expression()))
        if self._match(TokenType.GROUP_BY):
            select.set("group", exp.Group(expressions=self._several(self._expression)))
        if self._match(TokenType.HAVING):
            select.set("having", exp.Having(this=self._expression()))
        self._at(select, token)
        return select

    def _output(self) -> exp.Expr:
        token = self._curr
        if self._match(TokenType.STAR):
            return self._at(exp.Star(), token)
        this = self._expression()
        if self._match(TokenType.ALIAS) or self._curr.token_type in self._NAMES:
            return exp.Alias(this=this, alias=self._identifier("a name"))
        return this

    # tables

    def _joined(self) -> exp.Expr:
        """Read a table, or several joined from left to right: first the table, then the joins."""
        chain = [self._table()]
        while True:
            token = self._curr
            natural = self._match(TokenType.NATURAL)
            kind = "INNER"
            if self._match_set(_SIDES):
                kind = self._prev.text
                self._match(TokenType.OUTER)
            elif not natural and self._match(TokenType.CROSS):
                kind = "CROSS"
            else:
                self._match(TokenType.INNER)
            if not self._match(TokenType.JOIN):
                if self._curr is not token:
                    self._unexpected("JOIN")
                return exp.Tuple(expressions=chain)
            chain.append(self._join(token, natural, kind))

    def _join(self, token: Token, natural: bool, kind: str) -> exp.Expr:
        join = exp.Join(this=self._table(), kind=kind, method="NATURAL" if natural else None)
        if not natural and kind != "CROSS":
            if self._match(TokenType.ON):
                join.set("on", self._expression())
            elif self._match(TokenType.USING):
                self._expect(TokenType.L_PAREN, "(")
                names = self._several(lambda: self._identifier("the name of a column"))
                self._expect(TokenType.R_PAREN, ")")
                join.set("using", names)
            else:
                self._unexpected("ON or USING")
        return self._at(join, token)

    def _table(self) -> exp.Expr:
        token = self._curr
        if not self._match(TokenType.L_PAREN):
            parts = self._parts("the name of a table")
            if len(parts) > 2:
                self.raise_error("a table is named by its schema and its name only", token)
            table = exp.Table(this=parts[-1], db=parts[0] if len(parts) == 2 else None)
            if self._match(TokenType.ALIAS) or self._curr.token_type in self._NAMES:
                table.set("alias", exp.TableAlias(this=self._identifier("a name")))
            return table
        if not self._query_follows():
            joined = exp.Paren(this=self._joined())
            self._expect(TokenType.R_PAREN, ")")
            return joined
        query = exp.Subquery(this=self._query())
        self._expect(TokenType.R_PAREN, ")")
        self._match(TokenType.ALIAS)
        name = self._identifier("the name of the table that this query makes")
        query.set("alias", exp.TableAlias(this=name))
        return self._at(query, token)

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

    # names

    _NAMES: ClassVar = {TokenType.VAR, TokenType.IDENTIFIER}

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

    # expressions; the operators are sqlglot's, but for those that make conditions of values

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
