"""The README's first conversation works as it is written."""

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

CAUGHT_UP = """
for _ in $(seq 300); do
    said=$({}
    )
    case $said in *'"value":1,'*) break;; esac
    sleep 0.1
done
echo "$said"
"""


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


def test_the_first_conversation_goes_from_an_incident_to_a_figure(live: Stack) -> None:
    *commands, figure = blocks("A first conversation")
    printed = carried_out(live, "".join(commands) + CAUGHT_UP.format(figure), "readme")
    told = ("HTTP/1.1 201 Created", '"priority":"P2"', '"status":"in_progress"', "itsm.incident.started.v1")
    for words in told:
        assert words in printed
    assert '"key":"P2","n":1' in printed.partition('"slug":"backlog"')[2]


def test_the_order_goes_from_a_form_to_its_delivery(live: Stack) -> None:
    printed = carried_out(live, "".join(blocks("An order")), "readme-order")
    refused, _, rest = printed.partition("It needs an SLA policy")
    assert refused
    assert '"status":"live"' in rest
    assert '"pointer": "/items/0/answers/model"' in rest
    assert '"status":"fulfilled"' in rest
    assert "itsm.service_request.fulfilled.v1" in rest
