"""Zones come from the tzdata package alone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from itsm_sla.instant import DAY, micros
from itsm_sla.zone import UnknownZone, names, offsets, zone

from .cases import H


def test_a_zone_that_is_none_is_refused_and_no_path_is_followed() -> None:
    for name in ("Europe/Atlantis", "", "../zones", "/etc/localtime"):
        with pytest.raises(UnknownZone, match="IANA"):
            zone(name)


def test_the_offset_changes_at_the_very_second() -> None:
    start = micros(datetime(2026, 3, 28, 12, tzinfo=UTC))
    turn = micros(datetime(2026, 3, 29, 1, tzinfo=UTC))
    found = list(offsets(zone("Europe/Berlin"), start, start + 2 * DAY))
    assert found == [(start, turn, H), (turn, start + 2 * DAY, 2 * H)]


def test_a_day_that_an_island_skipped_is_no_obstacle() -> None:
    # Samoa had no 30 December 2011: it went from UTC-10 to UTC+14 at midnight.
    start = micros(datetime(2011, 12, 29, tzinfo=UTC))
    ahead = [offset // H for _, _, offset in offsets(zone("Pacific/Apia"), start, start + 3 * DAY)]
    assert ahead == [-10, 14]


def test_every_zone_can_be_read() -> None:
    assert len(names()) > 400
    assert all(isinstance(zone(name), ZoneInfo) for name in names())
