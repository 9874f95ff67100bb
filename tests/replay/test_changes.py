"""The expected figures of the changes follow from the file, and its mapping keeps what they need."""

import os
from pathlib import Path
from typing import Any

import pytest
from replay import changes, openstack
from replay.recount import counted

LOG = Path(os.environ.get("ITSM_DATA", "../shared/data")) / changes.LOG

ROW = dict.fromkeys(("change_id", "reverts_commit", "reverts_change", "main_component", "reverted_at"), "")
ROW |= {"commit": "c1", "is_revert": "0", "requester": "p", "last_patchset_at": "", "implemented_at": ""}
ROW |= {"proposed_at": "2016-01-04T16:47:05Z"}


@pytest.mark.skipif(not LOG.exists(), reason=f"the file is not part of the repository: no {LOG}")
def test_every_expected_figure_follows_from_the_file() -> None:
    assert counted(openstack.rows(LOG)) == changes.EXPECTED


@pytest.mark.parametrize(
    ("fields", "reverts"),
    [
        ({}, None),
        ({"reverts_change": "I1"}, None),
        ({"is_revert": "1"}, "unknown"),
        ({"is_revert": "1", "reverts_change": "I1"}, "I1"),
        ({"is_revert": "1", "reverts_change": "I1", "reverts_commit": "c0"}, "c0"),
    ],
)
def test_a_revert_is_what_the_file_calls_one_whether_or_not_it_says_of_what(
    fields: dict[str, Any], reverts: str | None
) -> None:
    assert openstack.line(ROW | fields)["reverts"] == reverts
