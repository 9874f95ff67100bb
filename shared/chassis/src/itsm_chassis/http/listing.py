"""Lists of records: one statement, one page, one opaque cursor to the next."""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import quote, urlencode

from pydantic import BaseModel, Field
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Table,
    any_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
)
from starlette.requests import Request
from starlette.responses import Response

from itsm_chassis.http import cursor, keyset
from itsm_chassis.http.parameters import documented
from itsm_chassis.http.query import Grammar, Query, Sort, parse, read_search
from itsm_chassis.http.values import operators, read_mark, reader
from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.tables import shown

STATEMENTS = 256
"""How many shapes of question a list keeps compiled; the rarest is compiled again when it comes."""

Condition = Callable[[Table], ColumnElement[bool]]
Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next: str | None = Field(description="The cursor of the next page; null on the last.")
    count: int | None = Field(None, description="Only where count= asked for it.")


class Shape(NamedTuple):
    """What decides the text of a statement."""

    filters: tuple[str, ...]
    sort: tuple[Sort, ...]
    nulls: tuple[bool, ...] | None
    """Which of the cursor's values are null; None without a cursor."""
    scope: str | None


class Listing:
    """What may be asked of one table of records.

    `filters` and `sorts` are names of its columns, `search` those that `q=` looks into. `scopes`
    are conditions by name, which may use the bind `:actor` (the caller's subject); `marks` too, each asked
    for by the caller as `name=true`. `parameters` is for the operation's `openapi_extra={"parameters": ...}`.
    """

    def __init__(
        self,
        table: Table,
        *,
        filters: Iterable[str] = (),
        sorts: Iterable[str] = (),
        search: Iterable[str] = (),
        scopes: Mapping[str, Condition] | None = None,
        marks: Mapping[str, Condition] | None = None,
        default_sort: str = "-id",
    ) -> None:
        """Raises KeyError where a name is no column of the table."""
        self.table = table
        self.filters = tuple(filters)
        self.search = tuple(table.c[name] for name in search)
        self.scopes = scopes or {}
        self.marks = marks or {}
        readers = {
            f"{name}__{op}" if op else name: reader(table.c[name])
            for name in self.filters
            for op in operators(table.c[name])
        }
        if self.search:
            readers["q"] = read_search
        readers |= dict.fromkeys(self.marks, read_mark)
        self.grammar = Grammar(readers, frozenset(table.c[name].name for name in sorts), default_sort)
        self.parameters = documented(self)
        self._select = lru_cache(STATEMENTS)(self._compile_select)
        self._count = lru_cache(STATEMENTS)(self._compile_count)

    async def page(
        self, db: Database, ctx: Context, request: Request, *, scope: str | None = None
    ) -> Response:
        """The page that the request's query string asks for, as `Page` describes it.

        Raises `Invalid` for a parameter that is unknown or malformed and for a cursor of another question.
        """
        query = parse(request.query_params.multi_items(), self.grammar)
        key: bytes = request.app.state.cursor_key
        question = self._question(ctx, query, scope)
        start = cursor.unseal(key, question, query.cursor) if query.cursor is not None else None
        values = {"tenant": ctx.tenant, "actor": ctx.actor, "limit": query.limit + 1, **query.filters}
        nulls = None
        if start is not None:
            nulls = tuple(value is None for value in start)
            values |= keyset.binds(self.table, query.sort, start)
        shape = Shape(tuple(sorted(query.filters)), query.sort, nulls, scope)
        statement = self._select(shape)
        rows = await db.fetch(statement.sql, *statement.args(values))
        following = None
        if len(rows) > query.limit:
            rows.pop()
            following = cursor.seal(key, question, keyset.place(query.sort, rows[-1]))
        count = await self._counted(db, shape, query, values)
        return answer([row[0] for row in rows], following, count, request)

    def _question(self, ctx: Context, query: Query, scope: str | None) -> str:
        """What a cursor is bound to: everything but the limit and the count."""
        who = ctx.actor if scope else None
        return json.dumps([self.table.name, ctx.tenant, scope, who, query.sort, query.texts])

    async def _counted(
        self, db: Database, shape: Shape, query: Query, values: Mapping[str, Any]
    ) -> int | None:
        if query.count is None:
            return None
        statement = self._count(shape._replace(nulls=None, sort=()), query.count == "exact")
        if query.count == "exact":
            return int(await db.fetchval(statement.sql, *statement.args(values)))
        plan = await db.fetchval(f"EXPLAIN (FORMAT JSON) {statement.sql}", *statement.args(values))
        return int(json.loads(plan)[0]["Plan"]["Plan Rows"])

    def _compile_select(self, shape: Shape) -> Compiled:
        columns = [shown(self.table), *(self.table.c[key.column] for key in shape.sort)]
        statement = select(*columns).where(*self._where(shape))
        if shape.nulls is not None:
            statement = statement.where(keyset.after(self.table, shape.sort, shape.nulls))
        ordered = statement.order_by(*keyset.order(self.table, shape.sort))
        return Compiled(ordered.limit(bindparam("limit", type_=Integer)))

    def _compile_count(self, shape: Shape, exact: bool) -> Compiled:
        what = func.count() if exact else literal_column("1")
        return Compiled(select(what).select_from(self.table).where(*self._where(shape)))

    def _where(self, shape: Shape) -> list[ColumnElement[bool]]:
        conditions = [self.table.c.tenant == bindparam("tenant")]
        conditions += [self._condition(name) for name in shape.filters]
        if shape.scope is not None:
            conditions.append(self.scopes[shape.scope](self.table))
        return conditions

    def _condition(self, parameter: str) -> ColumnElement[bool]:
        """The condition of one filter; its bind has the parameter's name."""
        if parameter == "q":
            return or_(*(column.ilike(bindparam("q"), escape="\\") for column in self.search))
        if parameter in self.marks:
            return self.marks[parameter](self.table)
        name, _, op = parameter.rpartition("__") if parameter not in self.table.c else (parameter, "", "")
        column = self.table.c[name]
        bind = bindparam(parameter, type_=ARRAY(column.type) if op == "in" else column.type)
        match op:
            case "in":
                return column == any_(bind)
            case "gte":
                return column >= bind
            case "gt":
                return column > bind
            case "lte":
                return column <= bind
            case "lt":
                return column < bind
            case _:
                return column == bind


def answer(cards: list[str], following: str | None, count: int | None, request: Request) -> Response:
    """The page's JSON, its items joined as they are stored, and a Link to the next."""
    body = f'{{"items":[{",".join(cards)}],"next":{json.dumps(following)}'
    body += "}" if count is None else f',"count":{count}}}'
    headers = {}
    if following is not None:
        kept = [(name, text) for name, text in request.query_params.multi_items() if name != "cursor"]
        query = urlencode([*kept, ("cursor", following)])
        headers["Link"] = f'<{quote(request.scope["path"])}?{query}>; rel="next"'
    return Response(body, 200, headers, "application/json")
