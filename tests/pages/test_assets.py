"""What is shipped of others: unaltered, with its licence; and what serves it."""

import hashlib

import httpx2
import pytest
from itsm_metrics.pages.assets import FOLDER, address
from itsm_metrics.pages.render import ENVIRONMENT
from support.pages import Place

pytestmark = pytest.mark.xdist_group("pages")
VENDOR = FOLDER / "vendor"


def test_every_vendored_file_is_what_its_makers_published() -> None:
    lines = (line.split("  ") for line in (VENDOR / "SHA256SUMS").read_text().splitlines())
    stated = {name: digest for digest, name in lines}
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.iterdir()
        if path.name != "SHA256SUMS"
    }
    assert found == stated
    for library in {name.split("-")[0] for name in found if not name.endswith(".LICENSE")}:
        assert f"{library}.LICENSE" in found


def test_own_files_are_small() -> None:
    """The vendored ones are exempt: they are others' work, kept as it was published."""
    own = [path for path in FOLDER.iterdir() if path.is_file()]
    own += [FOLDER.parent / "templates" / name for name in ENVIRONMENT.list_templates()]
    assert {path.name for path in own if len(path.read_text().splitlines()) > 200} == set()


@pytest.mark.asyncio(loop_scope="session")
async def test_files_are_kept_by_browsers_under_an_address_that_changes_with_them(empty: Place) -> None:
    async with httpx2.AsyncClient(base_url=empty.url) as person:
        kept = await person.get(address("pages.css"))
        assert (kept.status_code, kept.headers["content-type"]) == (200, "text/css; charset=utf-8")
        assert "immutable" in kept.headers["cache-control"]
        assert (await person.get("/pages/static/pages.css?v=old")).headers["cache-control"] == "no-store"
        for outside in ("vendor/SHA256SUMS", "../assets.py", "%2e%2e/assets.py"):
            assert (await person.get(f"/pages/static/{outside}")).status_code == 404
