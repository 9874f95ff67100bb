"""Which version of a policy or calendar governs a record."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, TypeVar


class Versioned(Protocol):
    """One version of something that is known by its key."""

    @property
    def key(self) -> str:
        """What it is a version of."""

    @property
    def version(self) -> int:
        """Its number, rising."""

    @property
    def valid_from(self) -> datetime:
        """From when on records that are opened are governed by it; it may lie in the past."""

    @property
    def issued_at(self) -> datetime:
        """When it was made known."""

    @property
    def retired(self) -> bool:
        """Whether this version ends what it is a version of."""


V = TypeVar("V", bound=Versioned)


def pinned(versions: Iterable[V], opened_at: datetime, known_at: datetime | None = None) -> dict[str, V]:
    """For each key the version valid when the record was opened; none where that version retires it.

    `known_at` is when the record itself was stored, or last recomputed: a version issued later does not
    touch it, however far it is backdated. A version issued before counts however late it arrives. None
    considers every version, as a recompute does. The order of `versions` does not matter.
    """
    found: dict[str, V] = {}
    for each in versions:
        if each.valid_from > opened_at or (known_at is not None and each.issued_at > known_at):
            continue
        rival = found.get(each.key)
        if rival is None or (rival.valid_from, rival.version) < (each.valid_from, each.version):
            found[each.key] = each
    return {key: each for key, each in found.items() if not each.retired}
