"""How the pages are in a browser: on a wall and on a phone, by day and night, with and without a script."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from itsm_local.chromium import chromium
from playwright.async_api import Browser, StorageState, async_playwright, expect
from support.pages import Place

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("pages")]

PAGES = {
    "overview": "/pages?days=30",
    "figures": "/pages/figures",
    "figure": "/pages/figures/mttr?days=30&group_by=priority",
    "share": "/pages/figures/change_failure_rate?days=90&group_by=service",
    "records": "/pages/figures/opened/records?days=90",
    "scorecard": "/pages/scorecard",
    "flow": "/pages/flow/incident?days=90",
    "improvements": "/pages/improvements",
    "improvement": "/pages/improvements/IMP-000001",
    "pipeline": "/pages/pipeline",
    "error": "/pages/figures/happiness",
    "signed-out": "/pages/signed-out",
}
LOOKS: list[dict[str, Any]] = [
    {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    for width in (1440, 360)
    for scheme in ("light", "dark")
]
SERIOUS = {"serious", "critical"}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, the machine's or one that is fetched for the tests."""
    found = await asyncio.to_thread(chromium, print)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=found.program,
            env=dict(found.environment) or None,
            args=["--no-sandbox"],  # as root it does not start otherwise; it opens our own pages alone
        )
        yield launched
        await launched.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def signed_in(browser: Browser, told: Place) -> StorageState:
    """What a browser keeps after an admin has signed in by the form."""
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(told.url)
    await page.get_by_label("admin").check()
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="Overview", exact=True)).to_be_visible()
    state = await context.storage_state()
    await context.close()
    return state


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pictures go; pytest keeps those of the last three runs."""
    return tmp_path_factory.mktemp("screenshots")


@pytest.mark.parametrize(
    "look", LOOKS, ids=lambda look: f"{look['viewport']['width']}-{look['color_scheme']}"
)
async def test_every_page_is_readable_asks_nobody_else_and_has_no_serious_finding(
    browser: Browser, signed_in: StorageState, told: Place, shots: Path, look: dict[str, Any]
) -> None:
    width = look["viewport"]["width"]
    context = await browser.new_context(storage_state=signed_in, **look)
    asked: list[str] = []
    complaints: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    findings: dict[str, list[str]] = {}
    page = await context.new_page()
    for name, address in PAGES.items():
        answer = await page.goto(told.url + address, wait_until="load")
        assert answer is not None
        if answer.status == 404:
            assert "404" in complaints.pop(), "a browser complains of an error page in its own words"
        await page.screenshot(path=shots / f"{name}-{width}-{look['color_scheme']}.png", full_page=True)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, name
        if look == LOOKS[-1]:
            continue  # its colours and its width have each been judged in another look
        found = await Axe().run(page)
        serious = [each for each in found.response["violations"] if each["impact"] in SERIOUS]
        findings |= (
            {name: [f"{each['id']}: {each['nodes'][0]['html']}" for each in serious]} if serious else {}
        )
    await context.close()
    assert findings == {}
    assert complaints == []
    assert [url for url in asked if not url.startswith(told.url + "/")] == []


async def test_without_a_script_everything_can_be_read(
    browser: Browser, signed_in: StorageState, told: Place
) -> None:
    context = await browser.new_context(storage_state=signed_in, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(told.url + PAGES["figure"])
    await expect(page.locator(".chart svg polyline").first).to_be_visible()
    await expect(page.locator("#along-table tbody tr")).to_have_count(10)
    await page.get_by_role("combobox", name="Period").select_option("a year")
    await page.get_by_role("button", name="Show").click()
    await expect(page.locator("#along-table tbody tr")).to_have_count(12)
    await page.get_by_role("link", name="The records behind it").click()
    await expect(page.locator("tbody tr")).to_have_count(50)
    await context.close()


async def test_with_a_script_the_line_becomes_a_chart(
    browser: Browser, signed_in: StorageState, told: Place
) -> None:
    context = await browser.new_context(storage_state=signed_in)
    page = await context.new_page()
    await page.goto(told.url + PAGES["figure"])
    await expect(page.locator(".chart canvas")).to_be_visible()
    await expect(page.locator(".chart svg")).to_have_count(0)
    await context.close()


async def test_the_pipeline_is_shown_anew_by_itself(
    browser: Browser, signed_in: StorageState, told: Place
) -> None:
    context = await browser.new_context(storage_state=signed_in)
    page = await context.new_page()
    await page.goto(told.url + PAGES["pipeline"])
    before = await page.get_by_text("As of").inner_text()
    await expect(page.get_by_text("As of")).not_to_have_text(before, timeout=15_000)
    await expect(page.get_by_role("row", name="/itsm/incident")).to_be_visible()
    await context.close()


async def test_a_person_signs_out_by_the_button(
    browser: Browser, signed_in: StorageState, told: Place
) -> None:
    context = await browser.new_context(storage_state=signed_in)
    page = await context.new_page()
    await page.goto(told.url + PAGES["figures"])
    async with page.expect_request("**/pages/sign-out") as sent:
        await page.get_by_role("button", name="Sign out").click()
    assert (await (await sent.value).all_headers())["origin"] == told.url
    await expect(page.get_by_role("heading", name="You are signed out.")).to_be_visible()
    await page.goto(told.url + PAGES["figures"])
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await context.close()


async def test_the_keyboard_is_enough(browser: Browser, signed_in: StorageState, told: Place) -> None:
    context = await browser.new_context(storage_state=signed_in)
    page = await context.new_page()
    await page.goto(told.url + PAGES["overview"])
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("combobox", name="Period")).to_be_focused()
    outline = "getComputedStyle(document.activeElement).outlineWidth"
    assert await page.evaluate(outline) == "3px", "one sees where one is"
    await context.close()
