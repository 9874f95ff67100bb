"""Import and export of configuration items, as NDJSON and as CSV."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterator
from typing import IO, Annotated, Any, Final, Literal

from fastapi import APIRouter, Header, Query
from itsm_chassis.errors import FieldError
from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.deps import Call, Db
from itsm_chassis.http.failures import findings
from itsm_chassis.http.importing import NDJSON, RESULTS, Gathered
from itsm_chassis.http.ndjson import LONGEST_LINE, TOO_LONG
from itsm_chassis.http.texts import Name
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.lines import Malformed, parsed
from pydantic import Field, ValidationError
from starlette.responses import Response, StreamingResponse

from itsm_catalog.api.items import ABSENT
from itsm_catalog.api.key import Key
from itsm_catalog.commands.item_import import carry_out
from itsm_catalog.queries.item_export import columns, exported, schemas
from itsm_catalog.rules import item_cells
from itsm_catalog.rules.configuration_items import Environment, Status
from itsm_catalog.rules.item_lines import Draft
from itsm_catalog.rules.service_levels import invalid

CSV: Final = "text/csv"
TEXT: Final = {"schema": {"type": "string"}}
EITHER: Final = {"requestBody": {"required": True, "content": {NDJSON: TEXT, CSV: TEXT}}}
EXPORTED: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "Every item, by key.", "content": {NDJSON: TEXT, CSV: TEXT}}
}

router = APIRouter(prefix="/v1", tags=["configuration items"])


class ItemLine(StrictModel):
    """A line: an item by its key, a new one or a merge patch of the one that is there."""

    key: Key
    name: Name = ABSENT
    ci_type: Key = ABSENT
    status: Status = ABSENT
    environment: Environment = ABSENT
    owner: Name | None = None
    assignment_group: Name | None = None
    location: Name | None = None
    attributes: dict[str, Any] | None = None
    depends_on: Annotated[list[Key], Field(max_length=1_000)] = ABSENT


@router.post(
    "/configuration-items:import",
    operation_id="import_configuration_items",
    response_class=Response,
    responses=RESULTS,
    openapi_extra=EITHER,
)
async def import_configuration_items(
    ctx: Call,
    db: Db,
    content_type: Annotated[str, Header(include_in_schema=False)],
    dry_run: Annotated[bool, Query()] = False,
) -> Any:
    """An item per line, known by its key: created, or changed by what the line says. `depends_on` are the
    keys of all items that it needs; absent leaves them alone. Lines may refer to one another in any order.

    A CSV names its columns first: the fields, `attributes.<name>` and `depends_on`, whose keys stand between
    ; or |. An empty cell of owner, assignment_group, location, an attribute or depends_on takes it away.

    One result per line {line, key, status, id, errors}: created, updated, unchanged, invalid (nothing of it
    is stored) or conflict (what `errors` names is not, the rest is). Sending a file again is harmless.
    """
    read = rows if content_type.partition(";")[0].strip().lower() == CSV else lines
    return Gathered(lambda file: carry_out(db, ctx, read(file), dry_run=dry_run))


@router.get(
    "/configuration-items:export",
    operation_id="export_configuration_items",
    response_class=Response,
    responses=EXPORTED,
)
async def export_configuration_items(
    ctx: Call,
    db: Db,
    format: Annotated[Literal["ndjson", "csv"], Query()] = "ndjson",  # noqa: A002  # the parameter's name
) -> Any:
    """Every item as an import takes it. In CSV a text that a spreadsheet would take for a formula begins with
    an apostrophe, which the import takes away again.
    """
    if format == "csv":
        header, known = await columns(db, ctx), await schemas(db, ctx)
        return StreamingResponse(table(db, ctx, header, known), media_type=CSV)
    return StreamingResponse(objects(db, ctx), media_type=NDJSON)


def lines(file: IO[bytes]) -> Iterator[Draft]:
    """The lines of NDJSON that are not blank."""
    for number, text in enumerate(file, 1):
        if len(text) > LONGEST_LINE:
            yield Draft(number, findings=[FieldError("", "line_too_long", TOO_LONG)])
        elif text.strip():
            try:
                value, _ = parsed(text)
            except Malformed as error:
                yield Draft(number, findings=[FieldError("", "malformed_line", str(error))])
            else:
                yield understood(number, value)


def rows(file: IO[bytes]) -> Iterator[Draft]:
    """The rows of CSV behind the one that names the columns; Invalid where it does not."""
    reader = csv.reader(io.TextIOWrapper(file, "utf-8-sig", "surrogateescape", newline=""), strict=True)
    header = next(cells(reader), (1, [], None))[1]
    if why := item_cells.unknown(header):
        raise invalid([FieldError("", "malformed_header", why)])
    for number, row, fault in cells(reader):
        if fault is None and len(row) != len(header):
            fault = f"The line has {len(row)} cells, the first line {len(header)}."
        if fault is not None:
            yield Draft(number, findings=[FieldError("", "malformed_line", fault)])
        else:
            yield understood(number, item_cells.read(header, row), cells=True)


def cells(reader: Any) -> Iterator[tuple[int, list[str], str | None]]:
    """Rows that are not blank, each with the number of its first line and what is wrong with it."""
    while True:
        number, fault = reader.line_num + 1, None
        try:
            row: list[str] = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            row, fault = [""], f"The line is not CSV: {error}."
        text = "".join(row)
        if "\x00" in text:
            fault = "The line holds a NUL character, which cannot be stored."
        elif any("\ud800" <= letter <= "\udfff" for letter in text):
            fault = "The line is not UTF-8."
        if row:
            yield number, row, fault


def understood(number: int, value: dict[str, Any], *, cells: bool = False) -> Draft:
    """A line as the model understands it."""
    try:
        given = ItemLine.model_validate(value).model_dump(exclude_unset=True)
    except ValidationError as error:
        found = findings([{**each, "loc": ("body", *each["loc"])} for each in error.errors()])
        key = value.get("key")
        return Draft(number, key if isinstance(key, str) else None, findings=found)
    key, depends_on = given.pop("key"), given.pop("depends_on", None)
    needs = None if depends_on is None else tuple(dict.fromkeys(depends_on))
    return Draft(number, key, given, needs, cells)


async def objects(db: Database, ctx: Context) -> AsyncIterator[str]:
    """Items as lines of NDJSON."""
    async for page in exported(db, ctx):
        yield "".join(f"{json.dumps(item, ensure_ascii=False)}\n" for item in page)


async def table(
    db: Database, ctx: Context, header: list[str], known: dict[str, dict[str, Any]]
) -> AsyncIterator[str]:
    """Items as rows of CSV."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(header)
    async for page in exported(db, ctx):
        writer.writerows(item_cells.write(header, item, known.get(item["ci_type"], {})) for item in page)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()
