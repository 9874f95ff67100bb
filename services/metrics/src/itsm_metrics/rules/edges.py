"""A period cut where the wall clock of a zone begins an hour, a day, an ISO week, a month and so on."""

from datetime import UTC, datetime, timedelta
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo

Bucket = Literal["hour", "day", "week", "month", "quarter", "year"]
BUCKETS: Final[tuple[Bucket, ...]] = get_args(Bucket)
MOST: Final = 400
"""So many buckets a series has at most."""
MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
LENGTHS: Final = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}
SECOND: Final = timedelta(seconds=1)


def edges(bucket: Bucket, place: ZoneInfo, since: datetime, until: datetime, most: int) -> list[datetime]:
    """Where the buckets of [since, until) begin and the last one ends; no more than `most` buckets and one.

    All in UTC. An hour that the clock shows twice is two buckets, one that it skips is none.
    """
    found = [since.astimezone(UTC)]
    first = floor(bucket, since.astimezone(place).replace(tzinfo=None))
    while len(found) <= most:
        try:
            begun = begins(first, place, again=bucket == "hour")
        except OverflowError:  # before the year 1 or after 9999 of UTC
            begun = []
        found += [at for at in begun if found[-1] < at < until]
        if begun and begun[0] >= until:
            break
        try:
            first = shifted(bucket, first)
        except (OverflowError, ValueError):  # the calendar ends
            break
    return [*found, until.astimezone(UTC)]


def is_edge(bucket: Bucket, place: ZoneInfo, at: datetime) -> bool:
    """Whether a bucket begins at this instant."""
    local = at.astimezone(place).replace(tzinfo=None)
    return at in begins(floor(bucket, local), place, again=bucket == "hour")


def floor(bucket: Bucket, local: datetime) -> datetime:
    """When the bucket began in which the wall clock shows this."""
    if bucket == "hour":
        return local.replace(minute=0, second=0, microsecond=0)
    day = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if bucket == "week":
        return day - timedelta(days=day.weekday())  # the calendar begins with a Monday
    if bucket in MONTHS:
        return day.replace(day=1, month=day.month - (day.month - 1) % MONTHS[bucket])
    return day


def shifted(bucket: Bucket, first: datetime, by: int = 1) -> datetime:
    """When the bucket so many later begins, on the wall clock; raises where the calendar ends."""
    if bucket not in MONTHS:
        return first + by * LENGTHS[bucket]
    months = first.year * 12 + first.month - 1 + by * MONTHS[bucket]
    return first.replace(year=months // 12, month=months % 12 + 1)


def begins(local: datetime, place: ZoneInfo, *, again: bool = False) -> list[datetime]:
    """The first instant at which the wall clock shows this or more; with `again` the second time too."""
    first, second = (local.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first < second:
        return [first, second] if again else [first]
    while first - second > SECOND:  # skipped: the instant of the jump lies between
        middle = second + (first - second) // SECOND // 2 * SECOND
        if middle.astimezone(place).replace(tzinfo=None) >= local:
            first = middle
        else:
            second = middle
    return [first]


def before(place: ZoneInfo, since: datetime, until: datetime) -> tuple[datetime, datetime]:
    """The period before: as many whole months, or whole days of the zone, or as long.

    OverflowError or ValueError where there is none.
    """
    first, past = (at.astimezone(place).replace(tzinfo=None) for at in (since, until))
    if floor("month", first) == first and floor("month", past) == past:
        count = (past.year - first.year) * 12 + past.month - first.month
        return begins(shifted("month", first, -count), place)[0], since
    if floor("day", first) == first and floor("day", past) == past:
        return begins(first - (past - first), place)[0], since
    return since - (until - since), since
