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


def test_the_first_conversation_goes_from_an_incident_to_a_figure(live: Stack) -> None:
    readme = (ROOT / "README.md").read_text()
    *blocks, figure = re.findall(r"^```sh\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    script = MAKE + "".join(blocks) + CAUGHT_UP.format(figure)
    script = script.replace("TENANT=acme", "TENANT=readme")
    for number in range(1, 5):
        script = script.replace(f":800{number}", f":{live.base + number}")
    place = {"ITSM_RUN_FOLDER": str(live.folder), "ITSM_PORT_BASE": str(live.base)}
    done = subprocess.run(
        ["/bin/bash", "-c", script], env=os.environ | place, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    told = ("HTTP/1.1 201 Created", '"priority":"P2"', '"status":"in_progress"', "itsm.incident.started.v1")
    for words in told:
        assert words in done.stdout
    assert '"key":"P2","n":1' in done.stdout.partition('"slug":"backlog"')[2]
