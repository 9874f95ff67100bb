"""The shape of the tree: small files, telling names, nothing of one machine in it."""

import re
import tomllib
from pathlib import Path
from statistics import median

import pytest
from support.tree import ROOT, files, text

LONGEST = 400
MEDIAN = 80
SAY_NOTHING = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers"}

HERE_ONLY = [
    r"/(?:work|root|home|Users)/[A-Za-z0-9_]",  # a path that exists on one machine
    r"(?i)(?:index-url|find-links|index_url)[ =]+\S*//",
    r"(?i)https?://[^\s\"'<>]*(?:pypi|pythonhosted|artifactory|nexus|devpi|mirror|/simple\b)",
    r"(?i)registry\.npmjs",
]
CODE = r"[A-Z]+[0-9]+"
EXEMPTION = re.compile(rf"#\s*(?:noqa(?::\s*{CODE}(?:,\s*{CODE})*)?|type:\s*ignore(?:\[[\w, -]+\])?)(.*)")
REASON = re.compile(r"\s+(?:#|-|:)\s*\S.{8,}")


def lines(path: Path) -> int:
    """How long a file is."""
    return len(text(path).splitlines())


def packages() -> list[Path]:
    """The pyproject.toml of every package."""
    return [path for path in files("pyproject.toml") if path.parent != Path()]


def test_no_file_of_python_is_longer_than_400_lines() -> None:
    assert {str(path): lines(path) for path in files(".py") if lines(path) > LONGEST} == {}


def test_half_of_the_products_files_are_shorter_than_80_lines() -> None:
    product = [path for path in files(".py") if "src" in path.parts and path.name != "__init__.py"]
    assert median(lines(path) for path in product) < MEDIAN


def test_no_module_has_a_name_that_says_nothing() -> None:
    named = {
        str(path) for path in files(".py") for part in (*path.parts[:-1], path.stem) if part in SAY_NOTHING
    }
    assert named == set()


@pytest.mark.parametrize("pattern", HERE_ONLY)
def test_nothing_of_one_machine_or_one_index_is_written_down(pattern: str) -> None:
    here = Path(__file__).relative_to(ROOT)
    found = {
        f"{path}: {match[0]}"
        for path in files()
        if path != here
        for match in re.finditer(pattern, text(path))
    }
    assert found == set()


def test_every_exemption_gives_its_reason() -> None:
    bare = {
        f"{path}:{number}"
        for path in files(".py")
        for number, line in enumerate(text(path).splitlines(), 1)
        if (match := EXEMPTION.search(line)) and not REASON.match(match[1]) and "re.compile" not in line
    }
    assert bare == set()


def test_every_rule_that_is_switched_off_gives_its_reason() -> None:
    _, _, lint = text(Path("pyproject.toml")).partition("[tool.ruff.lint]")
    ignored = [line for line in lint.splitlines() if re.match(r'\s+"[A-Z]+[0-9]+",|"[^"]+" = \["[A-Z]', line)]
    assert ignored
    assert [line for line in ignored if "#" not in line] == []


def test_every_package_is_a_member_of_the_workspace() -> None:
    members = tomllib.loads(text(Path("pyproject.toml")))["tool"]["uv"]["workspace"]["members"]
    assert {str(path.parent) for path in packages()} == set(members)


def test_the_license_is_apache_2() -> None:
    assert "Apache License" in text(Path("LICENSE"))
    projects = [
        tomllib.loads(text(path))["project"] for path in files("pyproject.toml") if path.parent != Path()
    ]
    assert {project["license"] for project in projects} == {"Apache-2.0"}


def test_the_readme_has_every_folder_on_its_map() -> None:
    readme = text(Path("README.md"))
    depths = [(path, depth) for path in files() for depth in (1, 2) if len(path.parts) > depth]
    folders = {"/".join(path.parts[:depth]) for path, depth in depths}
    missing = {name for name in folders if not re.search(rf"`{re.escape(name)}/`", readme)}
    assert missing == set()


def test_every_package_and_the_operators_folder_explain_themselves() -> None:
    rooms = {path.parent for path in packages()} | {Path(), Path("shared"), Path("deploy/local")}
    readmes = [ROOT / room / "README.md" for room in sorted(rooms)]
    assert [str(path) for path in readmes if not path.is_file() or not path.stat().st_size] == []
