"""The queries of ADQL 2.1: from words to a tree of sqlglot's nodes.

A word that is not expected is refused where it stands.
"""

from collections.abc import Callable

from sqlglot import exp
from sqlglot.tokens import Token, TokenType

from trapdb.adql.cursor import Lines
from trapdb.adql.expression_grammar import Expressions

_SET_OPERATIONS = {TokenType.UNION: exp.Union, TokenType.EXCEPT: exp.Except}
_SIDES = {TokenType.LEFT, TokenType.RIGHT, TokenType.FULL}


class Grammar(Expressions):
    """Reads one query."""

    def read(self, tokens: list[Token], lines: Lines) -> exp.Query:
        """Return the tree of a query.

        Raises
        ------
        AdqlError
            A word is not expected where it stands.
        """
        if tokens and tokens[-1].token_type == TokenType.SEMICOLON:
            tokens = tokens[:-1]
        self.begin(tokens, lines)
        with_ = self._with()
        query = self._query()
        if self._curr:
            self._unexpected()
        if with_:
            query.set("with_", with_)
        return query

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
