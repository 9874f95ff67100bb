"""What ruff is told to refuse it does refuse, where it matters and nowhere else."""

import subprocess
import sys

import pytest
from support.tree import ROOT

RULES = "services/change/src/itsm_change/rules.py"
CLOCK = "shared/chassis/src/itsm_chassis/clock.py"


def refused(code: str, file: str) -> bool:
    """Whether this code, standing in this file, breaks a ban."""
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--select", "TID251"]
    command += ["--stdin-filename", str(ROOT / file), "-"]
    done = subprocess.run(command, cwd=ROOT, input=code, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return "TID251" in done.stdout


@pytest.mark.parametrize(
    "code",
    [
        "from datetime import UTC, datetime\n\nnow = datetime.now(UTC)\n",
        "import datetime\n\nnow = datetime.datetime.utcnow()\n",
        "from datetime import datetime\n\nnow = datetime.today()\n",
        "from datetime import date\n\ntoday = date.today()\n",
        "from shared.chassis.src import itsm_chassis\n",
        "import services.change\n",
    ],
)
def test_the_clock_and_second_copies_are_refused(code: str) -> None:
    assert refused(code, RULES)


def test_the_one_clock_may_be_read() -> None:
    assert not refused("from datetime import UTC, datetime\n\nnow = datetime.now(UTC)\n", CLOCK)
