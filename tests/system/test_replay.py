"""`make replay`: 7,554 real incidents through the running stack, to exact figures."""

import gzip
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.stack import Stack

DATA = Path(os.environ.get("DATA") or Path(__file__).parents[3] / "shared" / "data")
LOG = "volvo_incidents_2013.xes.gz"
TESTS = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(
    not (DATA / LOG).is_file(), reason=f"THE REPLAY IS NOT TESTED: there is no {LOG} in {DATA}; set DATA"
)


def replay(live: Stack, log: Path) -> tuple[int, str]:
    """Run it as `make replay` does; its exit status and what it printed."""
    environment = os.environ | {
        "ITSM_RUN_FOLDER": str(live.folder),
        "ITSM_PORT_BASE": str(live.base),
        "PYTHONPATH": str(TESTS),
        "COLUMNS": "200",
    }
    command = [sys.executable, "-m", "replay", str(log)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=600)
    return done.returncode, done.stdout + done.stderr


def test_a_real_history_replays_to_exact_figures_and_a_second_time_changes_nothing(
    live: Stack, tmp_path: Path
) -> None:
    status, shown = replay(live, DATA / LOG)
    assert status == 0, shown
    assert "every figure is equal" in shown
    status, shown = replay(live, DATA / LOG)
    assert status == 0, shown
    assert "7,554 unchanged" in shown
    assert "every figure is equal" in shown
    status, shown = replay(live, with_one_resolution_less(tmp_path))
    assert status == 1, shown
    assert "1 conflict" in shown


def with_one_resolution_less(folder: Path) -> Path:
    """The log, with the first event of its kind taken out."""
    text = gzip.decompress((DATA / LOG).read_bytes()).decode()
    events = re.finditer(r"<event>.*?</event>", text, re.DOTALL)
    resolution = next(event for event in events if 'value="Resolved"' in event[0])
    log = folder / LOG
    log.write_bytes(gzip.compress((text[: resolution.start()] + text[resolution.end() :]).encode()))
    return log
