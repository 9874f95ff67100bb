"""Signing in at the development issuer, and what a session is good for."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from itsm_chassis import clock
from itsm_chassis.auth.principal import Principal, Unauthenticated
from itsm_chassis.auth.sign_in import Attempt, SignIn
from itsm_chassis.auth.vault import Vault
from itsm_metrics.pages.entrance import local
from support.pages import Place

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("pages")]

FORM = {"subject": "mona", "tenant": "acme", "roles": "manager"}
MONA = Principal("mona", "acme", frozenset({"manager"}))


async def test_whoever_signs_in_comes_back_to_where_they_wanted_to_go(empty: Place) -> None:
    async with httpx2.AsyncClient(base_url=empty.url, follow_redirects=True) as person:
        form = await person.get("/pages/figures?")
        assert form.url.path == "/authorize"
        assert "For development only" in form.text
        shown = await person.post(form.url, data=FORM)
        assert (shown.status_code, shown.url.path) == (200, "/pages/figures")
        set_cookie = shown.history[-1].headers["set-cookie"]
    assert re.search(r"itsm_session=.+HttpOnly.+SameSite=lax", set_cookie)
    assert "mona" not in set_cookie, "nobody can read it"


async def test_an_answer_to_another_browsers_question_signs_nobody_in(empty: Place) -> None:
    async with (
        httpx2.AsyncClient(base_url=empty.url, follow_redirects=True) as attacker,
        httpx2.AsyncClient(base_url=empty.url) as victim,
    ):
        form = (await attacker.get("/pages")).url
        answer = (await attacker.post(form, data=FORM, follow_redirects=False)).headers["location"]
        await victim.get("/pages/sign-in")
        refused = await victim.get(answer)
        assert refused.status_code == 401
        assert "no answer to a sign-in of this browser" in refused.text
        assert (await victim.get("/pages")).status_code == 303


async def test_a_code_is_good_once_for_whoever_holds_the_verifier(empty: Place) -> None:
    back = f"{empty.url}/pages/sign-in/done"
    sign_in = SignIn(issuer=empty.issuer.url, client="itsm-pages", audience="itsm")

    async def code(attempt: Attempt) -> str:
        async with httpx2.AsyncClient() as person:
            signed = await person.post(await sign_in.address(attempt, back), data=FORM)
        return parse_qs(urlsplit(signed.headers["location"]).query)["code"][0]

    attempt = Attempt.new()
    first = await code(attempt)
    principal, expires = await sign_in.redeem(attempt, first, back)
    assert principal == MONA
    assert expires > clock.now().timestamp()
    for made, used, why in (
        (first, attempt, "again"),
        (await code(attempt), attempt._replace(verifier="x" * 43), "with another verifier"),
        (await code(attempt), attempt._replace(nonce="another"), "with another nonce"),
    ):
        with pytest.raises(Unauthenticated):
            raise AssertionError(f"redeemed {why}: {await sign_in.redeem(used, made, back)}")


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "http://127.0.0.1.evil.example/", "//evil.example"]
)
async def test_the_issuer_sends_codes_to_this_machine_alone(empty: Place, back: str) -> None:
    sign_in = SignIn(issuer=empty.issuer.url, client="itsm-pages", audience="itsm")
    async with httpx2.AsyncClient() as person:
        refused = await person.post(await sign_in.address(Attempt.new(), back), data=FORM)
    assert refused.status_code == 400


async def test_a_session_that_is_altered_leads_to_the_sign_in(empty: Place) -> None:
    async with empty.visitor("manager") as person:
        session = person.cookies["itsm_session"]
        person.cookies.clear()
        headers = {"cookie": f"itsm_session={session[:-9]}AAAAAAAA="}
        refused = await person.get("/pages", headers=headers, follow_redirects=False)
        assert (refused.status_code, refused.headers["location"]) == (303, "/pages/sign-in?next=%2Fpages")
        sent_by_script = await person.get("/pages/pipeline/live", headers=headers | {"hx-request": "true"})
    assert sent_by_script.headers["hx-redirect"] == "/pages/sign-in?next=%2Fpages"


async def test_signing_out_ends_the_session_and_no_other_site_can_ask_for_it(empty: Place) -> None:
    async with empty.visitor("manager") as person:
        forged = await person.post("/pages/sign-out", headers={"origin": "https://evil.example"})
        assert forged.status_code == 403
        assert (await person.get("/pages")).url.path == "/pages"
        left = await person.post("/pages/sign-out", headers={"origin": empty.url})
        assert "You are signed out" in left.text
        assert (await person.get("/pages")).url.path == "/authorize"


async def test_a_bearer_token_opens_no_page(empty: Place) -> None:
    async with httpx2.AsyncClient(base_url=empty.url) as person:
        answer = await person.get("/pages", headers={"authorization": f"Bearer {empty.bearer('admin')}"})
    assert answer.status_code == 303


async def test_a_session_holds_until_it_expires_and_for_its_own_key_and_purpose() -> None:
    vault = Vault(b"one")
    sealed = vault.seal_session(MONA, 1000)
    assert vault.open_session(sealed, 999) == MONA
    assert vault.open_session(sealed, 1000) is None
    assert Vault(b"other").open_session(sealed, 999) is None
    assert vault.open_session(vault.seal("something", {"subject": "mona"}, 1000), 999) is None


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("/pages/figures?days=7", "/pages/figures?days=7"),
        ("/pages?days=7", "/pages?days=7"),
        ("https://evil.example/pages/", "/pages"),
        ("//evil.example/pages/", "/pages"),
        ("/pages/\\evil.example", "/pages"),
        ("/v1/kpis", "/pages"),
        ("/pages/" + "x" * 5000, "/pages"),
        ("", "/pages"),
    ],
)
async def test_nobody_is_led_away_from_the_pages(wanted: str, led_to: str) -> None:
    assert local(wanted) == led_to
