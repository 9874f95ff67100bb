"""The contracts in pyproject.toml hold, and each of them would notice a breach."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("*/*/src"))]

BREACHES = {
    "services/metrics/src/itsm_metrics/projections/raw.py": "import itsm_incident",
    "services/incident/src/itsm_incident/queries.py": "import itsm_local",
    "shared/chassis/src/itsm_chassis/errors.py": "import itsm_catalog",
    "shared/events/src/itsm_events/event.py": "import itsm_chassis.clock",
    "services/catalog/src/itsm_catalog/tables/portfolio.py": "import itsm_catalog.api",
    "services/incident/src/itsm_incident/commands/open.py": "import itsm_incident.projections",
    "services/catalog/src/itsm_catalog/rules/portfolio.py": "import asyncio",
    "services/metrics/src/itsm_metrics/rules/facts.py": "import itsm_chassis.store.database",
    "shared/sla/src/itsm_sla/instant.py": "import time",
    "services/incident/src/itsm_incident/tables.py": "import itsm_chassis.run.settings",
    "shared/chassis/src/itsm_chassis/http/body.py": "import itsm_chassis.bus.topology",
    "shared/chassis/src/itsm_chassis/bus/topology.py": "import itsm_chassis.http.trace",
    "shared/chassis/src/itsm_chassis/store/ids.py": "import itsm_chassis.auth.keys",
    "shared/chassis/src/itsm_chassis/auth/principal.py": "import itsm_chassis.store.ids",
    "deploy/local/src/itsm_local/ports.py": "import itsm_events",
    "deploy/demo/src/itsm_demo/steps.py": "import itsm_catalog.rules",
}
STRAYS = ["services/change/src/itsm_change/helpers.py", "shared/chassis/src/itsm_chassis/misc.py"]


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    """lint-imports over the packages below this folder, wherever they are installed from."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    path = os.pathsep.join(str(root / source) for source in SOURCES)
    environment = os.environ | {"PYTHONPATH": path, "COLUMNS": "500"}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)


def imports(file: str, statement: str) -> str:
    """A breach as lint-imports tells it."""
    module = file.partition("/src/")[2].removesuffix(".py").replace("/", ".")
    return f"{module} -> {statement.removeprefix('import ')} "


def test_every_import_goes_the_way_the_rooms_allow() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What lint-imports says of a copy in which every contract is broken."""
    copy = tmp_path_factory.mktemp("breached")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for source in SOURCES:
        shutil.copytree(ROOT / source, copy / source, ignore=shutil.ignore_patterns("__pycache__"))
    for file, statement in BREACHES.items():
        with (copy / file).open("a") as module:
            module.write(f"\n{statement}\n")
    for file in STRAYS:
        (copy / file).touch()
    done = lint(copy)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def test_every_contract_can_be_broken(findings: str) -> None:
    names = re.findall(r'^name = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert names
    told = " ".join(findings.split())
    assert [name for name in names if f"{name} BROKEN" not in told and f"{name}BROKEN" not in told] == []


@pytest.mark.parametrize("file", BREACHES)
def test_a_planted_breach_is_named(findings: str, file: str) -> None:
    assert imports(file, BREACHES[file]) in findings


@pytest.mark.parametrize("file", STRAYS)
def test_a_module_outside_every_room_is_named(findings: str, file: str) -> None:
    assert Path(file).stem in findings


def test_events_need_pydantic_and_nothing_else() -> None:
    graph = grimp.build_graph("itsm_events", include_external_packages=True, cache_dir=None)
    inside = {module for module in graph.modules if module.partition(".")[0] == "itsm_events"}
    outside = {module.partition(".")[0] for module in graph.modules - inside}
    assert outside - sys.stdlib_module_names == {"pydantic"}


def test_sla_needs_the_standard_library_alone() -> None:
    graph = grimp.build_graph("itsm_sla", include_external_packages=True, cache_dir=None)
    outside = {module.partition(".")[0] for module in graph.modules} - {"itsm_sla"}
    assert outside - sys.stdlib_module_names == set()
