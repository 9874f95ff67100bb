"""Statements written in SQLAlchemy Core, compiled once, run by asyncpg."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.sql import ClauseElement

ASYNCPG = dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves its dialects' constructors untyped


class Compiled:
    """The SQL text with $1, $2 ... and the names of its binds in that order."""

    def __init__(self, statement: ClauseElement) -> None:
        """Compile now: at import, never per request (it costs ten times the statement)."""
        compiled: Any = statement.compile(dialect=ASYNCPG, compile_kwargs={"render_postcompile": True})
        self.sql = str(compiled)
        self._names: tuple[str, ...] = tuple(compiled.positiontup or ())
        self._constants: dict[str, Any] = {k: v for k, v in compiled.params.items() if v is not None}

    def args(self, values: Mapping[str, Any]) -> list[Any]:
        """The values in the order of the placeholders; KeyError names a bind that was forgotten."""
        return [values[name] if name in values else self._constants[name] for name in self._names]
