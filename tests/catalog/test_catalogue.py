"""The catalogue: who can order what, and how it is found."""

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsm_catalog.rules.searching import MOST_WORDS, folded, question
from support.offers import SHORT, in_catalogue
from support.services import Caller, Running


async def found(caller: Caller, query: str = "") -> list[str]:
    """The keys of what the caller sees in the catalogue."""
    return [item["key"] for item in (await caller.get(f"/v1/catalogue{query}"))["items"]]


async def offers(catalog: Running, *offerings: dict[str, Any], service: str = "workplace") -> Caller:
    """A manager, who offers these of a service that is live."""
    manager = catalog.caller("manager")
    await in_catalogue(catalog, service)
    for each in offerings:
        await manager.creates("/v1/offerings", **(SHORT | {"service": service, "name": each["key"]} | each))
    return manager


async def test_an_item_shows_what_a_tile_needs_and_not_its_form(catalog: Running) -> None:
    steps = [{"group": "managers", "rule": "all"}, {"group": "finance", "rule": "any"}]
    await offers(
        catalog, {"key": "laptop", "name": "A laptop", "price": 10.5, "currency": "EUR", "approval": steps}
    )
    (item,) = (await catalog.caller("requester").get("/v1/catalogue"))["items"]
    read = await catalog.caller("requester").get("/v1/offerings/laptop")
    assert item == {
        "id": read["id"],
        "key": "laptop",
        "version": 1,
        "name": "A laptop",
        "service": "workplace",
        "description": None,
        "category": None,
        "price": 10.5,
        "currency": "EUR",
        "delivery_time_s": None,
        "approved_by": ["managers", "finance"],
        "service_name": "The workplace service",
        "entitled": True,
    }


async def test_only_what_is_offered_of_services_that_are_live_or_retiring_is_in_it(catalog: Running) -> None:
    manager = await offers(catalog, {"key": "old"}, {"key": "kept"})
    requester = catalog.caller("requester", "rita")
    assert await found(requester) == ["kept", "old"]
    assert (await manager.call("POST", "/v1/offerings/old/retire", {}, If_Match="*")).status_code == 200
    assert await found(requester) == ["kept"]
    for status, keys in (("retiring", ["kept"]), ("retired", []), ("in_design", []), ("live", ["kept"])):
        await catalog.db.fetch("UPDATE service SET status = $1", status)
        assert await found(requester) == keys, status
    assert (
        await manager.call("POST", "/v1/offerings", SHORT | {"key": "old", "name": "old"}, If_Match="*")
    ).status_code == 201
    assert await found(requester) == ["kept", "old"]


async def staffed(catalog: Running) -> None:
    """A company of units within units; rita is in the north of sales, ivo in IT."""
    manager = catalog.caller("manager")
    for key, parent in (("firm", None), ("sales", "firm"), ("north", "sales"), ("it", "firm")):
        await manager.creates("/v1/business-units", key=key, name=key, parent=parent)
    for key, unit in (("rita", "north"), ("ivo", "it")):
        await manager.creates("/v1/people", key=key, name=key, business_unit=unit)


async def test_what_can_be_ordered_is_shown_role_and_business_unit_both_have_to_fit(catalog: Running) -> None:
    await staffed(catalog)
    await offers(
        catalog,
        {"key": "everybody"},
        {"key": "agents", "roles": ["agent", "manager"]},
        {"key": "firm", "business_units": ["firm"]},
        {"key": "sales", "business_units": ["sales", "legal"]},
        {"key": "north", "business_units": ["north"]},
        {"key": "it-agents", "roles": ["agent"], "business_units": ["it"]},
    )
    for role, person, keys in (
        ("requester", "rita", ["everybody", "firm", "north", "sales"]),
        ("agent", "rita", ["agents", "everybody", "firm", "north", "sales"]),
        ("agent", "ivo", ["agents", "everybody", "firm", "it-agents"]),
        ("requester", "ivo", ["everybody", "firm"]),
        ("requester", "nobody", ["everybody"]),
        ("manager", "nobody", ["agents", "everybody"]),
        ("admin", "ivo", ["agents", "everybody", "firm", "it-agents"]),
        ("service", "robot", ["everybody"]),
    ):
        caller = catalog.caller(role, person)
        assert await found(caller) == keys, (role, person)
        for key in ("everybody", "agents", "firm", "sales", "north", "it-agents"):
            ordered = await caller.call("POST", "/v1/service-requests", {"offering": key})
            assert ordered.status_code == (201 if key in keys else 403), (role, person, key)


async def test_who_designs_the_catalogue_can_see_all_of_it_and_what_is_for_others(catalog: Running) -> None:
    manager = await offers(catalog, {"key": "mine"}, {"key": "theirs", "roles": ["agent"]})
    items = (await manager.get("/v1/catalogue?all=true"))["items"]
    assert [(item["key"], item["entitled"]) for item in items] == [("mine", True), ("theirs", False)]
    for role, status in (("admin", 200), ("agent", 403), ("requester", 403), ("service", 403)):
        assert (await catalog.caller(role).call("GET", "/v1/catalogue?all=true")).status_code == status


LAPTOP = {"key": "lap", "name": "Laptop, light", "category": "Hardware", "description": "For travelling."}
MAILBOX = {"key": "box", "name": "Geteiltes Postfach für Teams", "category": "Mail", "description": "E-Mail"}
CAFE = {"key": "cafe", "name": "Café card", "description": "Coffee with a laptop, from 8.30 to 17.00"}
PHONE = {"key": "phone", "name": "Ångström phone 5G", "category": "hardware_mobile"}


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("laptop", ["lap", "cafe"]),
        ("LAP", ["lap", "cafe"]),
        ("light laptop", ["lap"]),
        ("lap tra", ["lap"]),
        ("aptop", []),
        ("cafe", ["cafe"]),
        ("CAFÉ", ["cafe"]),
        ("für", ["box"]),
        ("fur", ["box"]),
        ("angstrom", ["phone"]),
        ("5g", ["phone"]),
        ("mobile", ["phone"]),
        ("e-mail", ["box"]),
        ("workplace", ["cafe", "box", "lap", "phone"]),
        ("8.30", ["cafe"]),
        ("laptop phone", []),
        ("laptop laptop laptop", ["lap", "cafe"]),
    ],
)
def test_words_are_found_by_their_beginnings_whatever_their_accents(text: str, keys: list[str]) -> None:
    def at(entry: dict[str, str], word: str) -> bool:
        every = folded(
            entry["name"], entry["key"], entry.get("category"), "workplace", entry.get("description")
        )
        return any(each.startswith(word) for each in every.split())

    asked = [word.removesuffix(":*") for word in (question(text) or "").split(" & ")]
    matching = {e["key"] for e in (LAPTOP, MAILBOX, CAFE, PHONE) if all(at(e, word) for word in asked)}
    assert matching == set(keys)


async def test_the_database_finds_the_same_and_the_best_first(catalog: Running) -> None:
    await offers(catalog, LAPTOP, MAILBOX, CAFE, PHONE)
    requester = catalog.caller("requester", "rita")
    for text, keys in (
        ("laptop", ["lap", "cafe"]),
        ("light%20lap", ["lap"]),
        ("aptop", []),
        ("caf%C3%A9", ["cafe"]),
        ("FUR", ["box"]),
        ("angstrom", ["phone"]),
        ("mobile", ["phone"]),
        ("e-mail", ["box"]),
        ("8.30", ["cafe"]),
        ("laptop%20phone", []),
    ):
        assert await found(requester, f"?q={text}") == keys, text
    assert await found(requester, "?q=laptop&category=Hardware") == ["lap"]
    assert await found(requester, "?category=hardware") == ["lap"], "whatever the case"
    assert await found(requester, "?category=HARDWARE_mobile") == ["phone"]
    assert await found(requester, "?category=hard") == []
    assert await found(requester, "?service=workplace&q=phone") == ["phone"]
    assert await found(requester, "?service=mail") == []


HOSTILE = (
    "%",
    "_",
    "a & b",
    "a | !b",
    "(",
    "'",
    "''",
    "\\",
    "a:*",
    "a:ABCD",
    "<->",
    "a <5> b",
    "$1",
    "{0}",
    "\U0001f4a5",
)


async def test_what_is_searched_is_never_taken_for_a_pattern_or_an_expression(catalog: Running) -> None:
    await offers(catalog, {"key": "one", "name": "Plain"})
    requester = catalog.caller("requester")
    for text in HOSTILE:
        assert await found(requester, f"?q={quote(text)}") == [], text
    assert await found(requester, f"?q={quote('! plain | (')}") == ["one"]


NONSENSE = (
    "q=",
    "limit=0",
    "limit=201",
    "sort=name",
    "x=1",
    "cursor=x",
    "all=maybe",
    "service=a%2Fb",
    "q=" + "x" * 501,
)


async def test_a_question_that_makes_no_sense_is_told(catalog: Running) -> None:
    for query in NONSENSE:
        answer = await catalog.caller("requester").call("GET", f"/v1/catalogue?{query}")
        assert answer.status_code == 422, query


@pytest.mark.parametrize("query", ["", "q=thing"])
async def test_pages_hold_each_item_once_and_go_on_where_the_last_one_ended(
    catalog: Running, query: str
) -> None:
    names = [f"thing {n % 3}" for n in range(11)]
    notes = [{"description": "thing " * (n % 4)} if n % 4 else {} for n in range(11)]
    many = [
        {"key": f"k{n}", "name": name} | note for n, (name, note) in enumerate(zip(names, notes, strict=True))
    ]
    await offers(catalog, *many)
    requester = catalog.caller("requester", "rita")
    whole = await found(requester, f"?{query}")
    seen, path = list[str](), f"/v1/catalogue?limit=3&{query}"
    while path:
        answer = await requester.call("GET", path)
        seen += [item["key"] for item in answer.json()["items"]]
        path = answer.links["next"]["url"] if "next" in answer.links else ""
    assert seen == whole
    assert len(set(seen)) == 11


async def test_a_cursor_belongs_to_one_question_of_one_person(catalog: Running) -> None:
    await offers(catalog, {"key": "a"}, {"key": "b"})
    cursor = (await catalog.caller("requester", "rita").get("/v1/catalogue?limit=1"))["next"]
    for role, person, query in (
        ("requester", "rita", "&q=a"),
        ("requester", "ivo", ""),
        ("agent", "rita", ""),
        ("requester", "rita", "&service=workplace"),
    ):
        path = f"/v1/catalogue?limit=1&cursor={cursor}{query}"
        assert (await catalog.caller(role, person).call("GET", path)).status_code == 422


async def test_tenants_have_catalogues_of_their_own(catalog: Running) -> None:
    await offers(catalog, {"key": "laptop", "name": "Laptop"})
    other = catalog.caller("admin", tenant="other")
    assert await found(other) == []
    assert await found(other, "?q=laptop&all=true") == []


async def test_a_page_takes_three_statements(catalog: Running) -> None:
    await offers(catalog, {"key": "laptop"})
    catalog.statements.clear()
    assert await found(catalog.caller("requester", "rita"), "?q=a&service=workplace") == []
    assert len(catalog.statements) == 3, catalog.statements


@given(st.text())
def test_a_question_is_words_and_nothing_else(text: str) -> None:
    asked = question(text)
    parts = asked.split(" & ") if asked else []
    assert len(parts) <= MOST_WORDS
    assert all(part.endswith(":*") and part[:-2].isalnum() for part in parts)
    assert folded(folded(text)) == folded(text)
