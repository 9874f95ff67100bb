"""Random calendars, instants and histories."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from hypothesis import strategies as st
from itsm_sla.calendar import MIDNIGHT, Calendar, Holiday, Hours
from itsm_sla.moment import History, Moment

from .cases import LONG_AGO

ZONES: Final = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "UTC",
    "Africa/Casablanca",
    "America/St_Johns",
    "Pacific/Apia",
)
FIRST: Final = datetime(2025, 12, 20, tzinfo=UTC)
"""Every random instant lies within a year and a half from here, so across both changes of every zone."""
STATUSES: Final = ("new", "in_progress", "on_hold", "resolved", "closed", "cancelled")

spans = st.builds(
    lambda opens, length: Hours(opens, (opens + length - 1) % MIDNIGHT + 1),
    st.integers(0, MIDNIGHT - 1),
    st.integers(1, MIDNIGHT - 1),
)
weeks = st.lists(st.lists(spans, max_size=2).map(tuple), min_size=7, max_size=7).map(tuple).filter(any)
holidays = st.lists(
    st.builds(Holiday, st.dates(date(2025, 12, 20), date(2027, 6, 1)), st.just("holiday"), st.just(())),
    max_size=8,
    unique_by=lambda day: day.on,
).map(tuple)
calendars = st.builds(
    Calendar,
    st.just("office"),
    st.just(1),
    st.just("Office"),
    st.just(LONG_AGO),
    st.just(LONG_AGO),
    st.sampled_from(ZONES),
    weeks,
    holidays,
)
instants = st.integers(0, 500 * 86_400 * 10**6).map(lambda us: FIRST + timedelta(microseconds=us))
targets = st.integers(1, 200 * 3600 * 10**6)


@st.composite
def histories(draw: st.DrawFn, most: int = 8, minutes: int = 20 * 1440) -> History:
    """Any state after any other, at whole minutes, with priorities, groups and people that change."""
    opened = FIRST + timedelta(minutes=draw(st.integers(0, 400 * 1440)))
    offsets = sorted(draw(st.lists(st.integers(0, minutes), max_size=most)))
    moments = [moment(draw, 1, opened, "new")]
    for sequence, offset in enumerate(offsets, 2):
        status = draw(st.sampled_from(STATUSES))
        moments.append(moment(draw, sequence, opened + timedelta(minutes=offset), status))
    return History(opened, tuple(moments))


def moment(draw: st.DrawFn, sequence: int, at: datetime, status: str) -> Moment:
    """One event of a history."""
    return Moment(
        f"e{sequence}",
        sequence,
        at,
        status,
        draw(st.sampled_from(("caller", "vendor", None))) if status == "on_hold" else None,
        draw(st.sampled_from(("P1", "P2", "P3"))),
        draw(st.sampled_from(("mail", "web"))),
        draw(st.sampled_from((None, "desk", "network"))),
        draw(st.sampled_from((None, "an agent"))),
    )
