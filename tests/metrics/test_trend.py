"""A trend is said with a doubt that does not shrink where one bucket is like the next."""

import random
from math import sqrt

import pytest
from itsm_metrics.rules.trend import LEAST, Trend, trend


def drawn(seed: int, buckets: int, alike: float, slope: float = 0.0) -> list[float | None]:
    """A series whose neighbours resemble each other so much."""
    dice = random.Random(seed)
    off = dice.gauss(0, 1) / sqrt(1 - alike * alike)
    found: list[float | None] = []
    for at in range(buckets):
        found.append(off + slope * at)
        off = alike * off + dice.gauss(0, 1)
    return found


@pytest.mark.parametrize(
    ("buckets", "alike", "least"), [(12, 0.0, 930), (24, 0.3, 930), (52, 0.6, 920), (100, 0.8, 920)]
)
def test_without_a_trend_the_interval_holds_nought(buckets: int, alike: float, least: int) -> None:
    found = [trend(drawn(seed, buckets, alike)) for seed in range(1000)]
    assert sum(each is not None and each.low <= 0 <= each.high for each in found) >= least


def test_a_trend_that_is_there_is_found_and_its_slope_is_right() -> None:
    found = [trend(drawn(seed, 52, 0.3, slope=0.08)) for seed in range(200)]
    assert sum(each is not None and each.low > 0 for each in found) >= 180
    assert sum(each.slope for each in found if each) / 200 == pytest.approx(0.08, abs=0.005)


def test_a_straight_line_has_no_doubt_and_a_bucket_without_a_value_keeps_its_place() -> None:
    line: list[float | None] = [3.0 * at for at in range(LEAST + 1)]
    assert trend(line) == pytest.approx(Trend(3, 3, 3))
    line[4] = None
    assert trend(line) == pytest.approx(Trend(3, 3, 3))
    assert trend([7.0] * LEAST) == Trend(0, 0, 0)


def test_of_fewer_buckets_nothing_is_said() -> None:
    assert trend([1.0] * (LEAST - 1)) is None
    assert trend([*[1.0] * (LEAST - 1), None, None]) is None
