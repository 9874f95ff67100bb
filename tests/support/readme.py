"""The README's conversations, carried out as they are written."""

import os
import re
import subprocess
import sys

from support.stack import Stack
from support.tree import ROOT

MAKE = f"""
set -euo pipefail
make() {{ case $1 in -s) shift 2; env "$@" {sys.executable} -m itsm_local token;; esac; }}
"""
"""`make -s token` without a look at the environment; what `make up` and `make down` do is done already."""


def blocks(heading: str) -> list[str]:
    """The commands below a heading of the README."""
    section = (ROOT / "README.md").read_text().partition(f"\n## {heading}")[2].partition("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)


def carried_out(live: Stack, commands: str, tenant: str) -> str:
    """What they print, against the running stack and for a tenant of their own."""
    script = MAKE + commands.replace("TENANT=acme", f"TENANT={tenant}")
    for number in range(1, 5):
        script = script.replace(f":800{number}", f":{live.base + number}")
    place = {"ITSM_RUN_FOLDER": str(live.folder), "ITSM_PORT_BASE": str(live.base)}
    done = subprocess.run(
        ["/bin/bash", "-c", script], env=os.environ | place, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def walk(live: Stack, tenant: str) -> None:
    """The walk from a form to its delivery, which must go as the README tells it."""
    printed = carried_out(live, "".join(blocks("An order")), tenant)
    refused, _, rest = printed.partition("It needs an SLA policy")
    assert refused
    assert '"status":"live"' in rest
    assert '"pointer": "/items/0/answers/model"' in rest
    assert '"status":"fulfilled"' in rest
    assert "itsm.service_request.fulfilled.v1" in rest
