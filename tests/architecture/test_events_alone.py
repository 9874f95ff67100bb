"""itsm-events is what others install: its wheel needs pydantic and nothing of ours."""

import json
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

from support.tree import ROOT

PYDANTIC = ("pydantic", "pydantic_core", "annotated_types", "typing_inspection", "typing_extensions.py")
READ = """
import json, sys
from itsm_events import EVENTS, Envelope
envelope = Envelope.model_validate_json(sys.stdin.read())
event = EVENTS[envelope.type].model_validate(envelope.data)
print(json.dumps([event.number, sorted(name for name in sys.modules if name.startswith("itsm_chassis"))]))
"""


def test_the_wheel_reads_a_message_in_a_clean_environment(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=ROOT / "shared/events", check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    venv.create(tmp_path / "clean")
    (packages,) = (tmp_path / "clean").glob("lib/python*/site-packages")
    zipfile.ZipFile(wheel).extractall(packages)
    for name in PYDANTIC:
        (packages / name).symlink_to(Path(sysconfig.get_path("platlib")) / name)
    example = (ROOT / "shared/events/examples/itsm.incident.opened.v1.json").read_bytes()
    done = subprocess.run(
        [tmp_path / "clean/bin/python", "-I", "-c", READ], cwd=tmp_path, input=example, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout) == ["INC-000123", []]
