"""The arithmetic of sums: buckets, and a period's pieces."""

import struct
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsm_metrics.rules import buckets
from itsm_metrics.rules.kpis import KPIS
from itsm_metrics.rules.margins import MARGINS, asked
from itsm_metrics.rules.pieces import midnight, pieces

LARGEST = 2**63 - 1
values = st.one_of(
    st.integers(-LARGEST, LARGEST), st.integers(-3_000, 3_000), st.integers(0, 400 * 86_400_000_000)
)
moments = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001  # hypothesis wants bounds without a zone


@given(values)
def test_the_middle_of_a_bucket_is_within_one_percent_of_all_that_is_in_it(value: int) -> None:
    middle = float(buckets.MIDDLES[buckets.bucket_of(value)])
    assert abs(middle - value) <= 0.01 * abs(value) + 1e-9 * abs(value)


@given(st.lists(values, min_size=1, max_size=60), st.sampled_from([0.0, 0.5, 0.9, 0.95, 1.0]))
def test_a_quantile_is_between_two_neighbours_each_within_one_percent(found: list[int], share: float) -> None:
    ordered = sorted(found)
    low, part = divmod((len(ordered) - 1) * share, 1)
    pair = ordered[int(low)], ordered[min(int(low) + 1, len(ordered) - 1)]
    exact = pair[0] + (pair[1] - pair[0]) * part
    answers = buckets.quantiles(buckets.merged([], [plain(found)]), [share])
    assert answers is not None
    assert abs(answers[0] - exact) <= 0.01001 * max(abs(pair[0]), abs(pair[1]))


@given(st.lists(st.lists(values, max_size=30), max_size=4), st.lists(values, max_size=30))
def test_what_is_taken_back_was_never_there(kept: list[list[int]], gone: list[int]) -> None:
    """Batch by batch, with others in between, and in one go: the bytes are the same."""
    histogram = buckets.changed(b"", count(gone))
    for batch in kept:
        histogram = buckets.changed(histogram, count(batch))
    histogram = buckets.changed(histogram, {bucket: -n for bucket, n in count(gone).items()})
    together = [value for batch in kept for value in batch]
    assert histogram == buckets.changed(b"", count(together))
    came = plain(together + gone)
    assert (buckets.merged([histogram]) == buckets.merged([], [came], [plain(gone)])).all()


def plain(found: list[int]) -> bytes:
    return struct.pack(f">{len(found)}q", *found)


def count(found: list[int]) -> Counter[int]:
    return Counter(map(buckets.bucket_of, found))


@given(moments, st.timedeltas(timedelta(microseconds=1), timedelta(days=1200)))
def test_pieces_are_the_period_without_a_gap_or_an_overlap(since: datetime, length: timedelta) -> None:
    until = min(since + length, datetime(9999, 12, 31, 23, tzinfo=UTC))
    found = pieces(since, until)
    if found is None:
        assert until - since < timedelta(days=2)
        return
    whole = [(midnight(a), midnight(b)) for a, b in found[:3] if a < b]
    stretches = sorted(each for each in [*whole, found.edge_before, found.edge_after] if each[0] < each[1])
    assert stretches[0][0] == since
    assert stretches[-1][1] == until
    assert all(one[1] == other[0] for one, other in pairwise(stretches))
    assert found.months[0].day == found.months[1].day == 1
    assert all(end - begin < timedelta(days=1) for begin, end in stretches if (begin, end) not in whole)


@pytest.mark.parametrize(
    ("slug", "group", "filters", "margin"),
    [
        ("mttr", None, (), ()),
        ("mttr", "month", ("month",), ()),
        ("mttr", "service", ("service",), ("service",)),
        ("mttr", "service", ("priority",), None),
        ("sla_compliance", "kind", ("policy", "measure"), ("detail",)),
        ("request_fulfilment_time", "offering", (), ("detail", "offering")),
        ("demand", "kind", ("service",), ("service",)),
        ("emergency_ratio", "service", (), ("service",)),
        ("emergency_ratio", "requester", (), None),
        ("reopenings", None, (), None),
        ("backlog", None, (), None),
    ],
)
def test_sums_are_kept_by_one_dimension_at_a_time(
    slug: str, group: str | None, filters: tuple[str, ...], margin: tuple[str, ...] | None
) -> None:
    assert asked(KPIS[slug], group, filters) == margin


def test_no_sums_are_kept_by_who_asked_for_a_change() -> None:
    assert all("detail" not in margin for margin in MARGINS["change_emergency"])
