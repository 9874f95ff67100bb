"""Publishing calendars: versions, what is wrong with one, holidays of a country, what is said."""

import asyncio
from typing import Any

import pytest
from itsm_catalog.commands.public_holidays import Wanted, named
from itsm_events import Envelope
from itsm_events.calendar import CalendarPublished
from itsm_sla.calendar_form import calendar_dict, calendar_from
from support.agreements import DAY, OFFICE
from support.broker import channel, heard, listen
from support.services import Caller, Running

FORM = ("key", "version", "name", "valid_from", "issued_at", "retired", "zone", "weekly", "holidays")


def form(shown: dict[str, Any]) -> dict[str, Any]:
    """The engine's form of what a calendar shows."""
    return {name: shown[name] for name in FORM}


async def said(catalog: Running) -> list[Envelope]:
    """Every event, in order."""
    rows = await catalog.db.fetch("SELECT envelope FROM event ORDER BY recorded_at, sequence")
    return [Envelope.model_validate_json(row[0]) for row in rows]


async def import_holidays(manager: Caller, etag: str = '"1"', **wanted: Any) -> Any:
    return await manager.call("POST", "/v1/calendars/office/holidays:import", wanted, If_Match=etag)


async def test_a_calendar_is_published_and_found_by_id_and_key(catalog: Running) -> None:
    manager = catalog.caller("manager")
    answer = await manager.call("POST", "/v1/calendars", OFFICE)
    made = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    assert answer.headers["location"] == f"/v1/calendars/{made['id']}"
    line = {name: made[name] for name in ("version", "valid_from", "issued_at", "retired")}
    assert made == OFFICE | {
        "id": made["id"],
        "version": 1,
        "issued_at": made["issued_at"],
        "retired": False,
        "versions": [line],
    }
    for path in (answer.headers["location"], "/v1/calendars/office"):
        found = await catalog.caller("requester").call("GET", path)
        assert (found.text, found.headers["etag"]) == (answer.text, '"1"')


async def test_what_is_said_is_the_engines_form_and_reads_back_to_the_same_calendar(
    catalog: Running, amqp_url: str
) -> None:
    async with channel(amqp_url) as on:
        queue = await listen(on, "itsm.calendar.*.v1")
        made = await catalog.caller("manager").creates("/v1/calendars", **OFFICE)
        await catalog.say_all(amqp_url)
        (message,) = await heard(queue, 1)
    envelope = Envelope.model_validate_json(message.body)
    assert (str(envelope.subject), envelope.sequence) == (made["id"], 1)
    assert envelope.data["calendar"] == form(made)
    event = CalendarPublished.model_validate(envelope.data)
    version = calendar_from(event.calendar.model_dump(mode="json"))
    assert version == calendar_from(envelope.data["calendar"])
    assert calendar_dict(version) == form(made)
    assert (event.version, event.valid_from, event.issued_at) == (1, version.valid_from, version.issued_at)


async def test_without_valid_from_it_is_valid_from_now_on(catalog: Running) -> None:
    given = {name: value for name, value in OFFICE.items() if name != "valid_from"}
    made = await catalog.caller("manager").creates("/v1/calendars", **given)
    assert made["valid_from"] == made["issued_at"]


async def test_a_calendar_may_be_open_round_the_clock_and_past_midnight(catalog: Running) -> None:
    manager = catalog.caller("manager")
    always = {
        day: [{"opens": "00:00", "closes": "24:00"}]
        for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    }
    made = await manager.creates("/v1/calendars", key="24x7", name="Always", zone="UTC", weekly=always)
    assert made["weekly"] == always
    night = {"friday": [{"opens": "22:00", "closes": "06:00"}]}
    made = await manager.creates("/v1/calendars", key="night", name="Night", zone="UTC", weekly=night)
    assert made["weekly"] == night


async def test_the_next_version_needs_the_latest_ones_etag(catalog: Running) -> None:
    manager = catalog.caller("manager")
    first = await manager.creates("/v1/calendars", **OFFICE)
    longer = OFFICE | {"weekly": {"monday": DAY}, "valid_from": "2026-01-01T01:00:00+01:00"}
    refused = await manager.call("POST", "/v1/calendars", longer)
    assert (refused.status_code, refused.json()["code"]) == (409, "already_exists")
    assert 'If-Match: "1"' in refused.json()["detail"]
    answer = await manager.call("POST", "/v1/calendars", longer, If_Match='"1"')
    second = answer.json()
    assert (answer.status_code, answer.headers["etag"], second["id"]) == (201, '"2"', first["id"])
    assert second["valid_from"] == "2026-01-01T00:00:00Z"
    assert [line["version"] for line in second["versions"]] == [1, 2]
    stale = await manager.call("POST", "/v1/calendars", OFFICE, If_Match='"1"')
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert (await manager.call("POST", "/v1/calendars", OFFICE, If_Match="*")).headers["etag"] == '"3"'
    versions = (await manager.get("/v1/calendars/office/versions"))["items"]
    assert [version["version"] for version in versions] == [3, 2, 1]
    assert versions[1:] == [form(second), form(first)]
    assert [(event.sequence, event.type) for event in await said(catalog)] == [
        (number, "itsm.calendar.published.v1") for number in (1, 2, 3)
    ]


@pytest.mark.parametrize(("etag", "status"), [('"1"', 412), ("*", 412), ("1", 422)])
async def test_a_version_cannot_succeed_what_there_is_not(catalog: Running, etag: str, status: int) -> None:
    answer = await catalog.caller("manager").call("POST", "/v1/calendars", OFFICE, If_Match=etag)
    assert answer.status_code == status


HOURS = {"opens": "08:00", "closes": "12:00"}
EASTER = {"on": "2026-04-06", "name": "Easter Monday"}


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"key": "a/b"}, "/key"),
        ({"key": None}, "/key"),
        ({"name": " "}, "/name"),
        ({"zone": "Europe/Gothenburg"}, "/zone"),
        ({"zone": None}, "/zone"),
        ({"valid_from": "2026-01-01"}, "/valid_from"),
        ({"valid_from": "2026-01-01T00:00:00"}, "/valid_from"),
        ({"valid_from": "0001-01-01T00:00:00Z"}, "/valid_from"),
        ({"weekly": {}}, "/weekly"),
        ({"weekly": {"monday": []}}, "/weekly"),
        ({"weekly": {"monday": [{"opens": "08:00", "closes": "08:59"}]}}, "/weekly"),
        ({"weekly": {"caturday": [HOURS]}}, "/weekly/caturday/[key]"),
        ({"weekly": {"monday": [{"opens": "8:00", "closes": "12:00"}]}}, "/weekly/monday/0/opens"),
        ({"weekly": {"monday": [{"opens": "08:00", "closes": "24:01"}]}}, "/weekly/monday/0/closes"),
        ({"weekly": {"monday": [{"opens": "08:00", "closes": "08:00"}]}}, "/weekly/monday/0/closes"),
        ({"weekly": {"monday": [{"opens": "08:00"}]}}, "/weekly/monday/0/closes"),
        ({"weekly": {"monday": [HOURS | {"lunch": True}]}}, "/weekly/monday/0/lunch"),
        ({"weekly": {"monday": [HOURS, {"opens": "11:00", "closes": "18:00"}]}}, "/weekly/monday"),
        ({"holidays": [EASTER | {"on": "2026-02-30"}]}, "/holidays/0/on"),
        ({"holidays": [EASTER | {"on": 20260406}]}, "/holidays/0/on"),
        ({"holidays": [EASTER, EASTER]}, "/holidays/1/on"),
        ({"holidays": [{"on": "2026-04-06"}]}, "/holidays/0/name"),
        ({"holidays": [EASTER | {"hours": [{"opens": "22:00", "closes": "06:00"}]}]}, "/holidays/0/hours"),
        ({"version": 7}, "/version"),
        ({"issued_at": "2020-01-01T00:00:00Z"}, "/issued_at"),
        ({"retired": True}, "/retired"),
    ],
)
async def test_a_wrong_calendar_is_refused_where_it_is_wrong(
    catalog: Running, wrong: dict[str, Any], pointer: str
) -> None:
    answer = await catalog.caller("manager").call("POST", "/v1/calendars", OFFICE | wrong)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert await catalog.db.fetchval("SELECT count(*) FROM event") == 0


async def test_every_finding_is_told_at_once(catalog: Running) -> None:
    wrong = OFFICE | {"zone": "Mars/Olympus", "weekly": {"monday": [{"opens": "x", "closes": "y"}]}}
    answer = await catalog.caller("manager").call("POST", "/v1/calendars", wrong)
    assert {error["pointer"] for error in answer.json()["errors"]} == {
        "/zone",
        "/weekly/monday/0/opens",
        "/weekly/monday/0/closes",
    }


async def test_a_countrys_holidays_become_dated_rows_of_a_new_version(catalog: Running) -> None:
    manager = catalog.caller("manager")
    own = {"on": "2012-05-17", "name": "Works outing", "hours": [{"opens": "08:00", "closes": "10:00"}]}
    await manager.creates("/v1/calendars", **(OFFICE | {"holidays": [own]}))
    answer = await import_holidays(manager, country="SE", years=[2012, 2013])
    shown = answer.json()
    assert (answer.status_code, answer.headers["etag"], shown["version"]) == (200, '"2"', 2)
    rows = {row["on"]: row for row in shown["holidays"]}
    assert rows["2012-06-06"] == {"on": "2012-06-06", "name": "Nationaldagen", "hours": []}
    assert rows["2012-05-17"] == own, "what stands there by hand is kept"
    assert "2013-12-25" in rows
    assert list(rows) == sorted(rows)
    assert shown["valid_from"] == OFFICE["valid_from"]
    assert (await said(catalog))[-1].data["calendar"] == form(shown)


async def test_importing_the_same_holidays_again_issues_nothing(catalog: Running) -> None:
    manager = catalog.caller("manager")
    await manager.creates("/v1/calendars", **OFFICE)
    first = await import_holidays(manager, country="DE", subdivision="BY", years=[2026])
    again = await import_holidays(manager, '"2"', country="DE", subdivision="BY", years=[2026])
    assert (again.status_code, again.headers["etag"], again.text) == (200, '"2"', first.text)
    assert len(await said(catalog)) == 2


def test_a_part_of_a_country_has_holidays_of_its_own_and_names_come_in_the_language_asked_for() -> None:
    everywhere = dict(named(Wanted("DE", None, (2026,), None)))
    bavaria = dict(named(Wanted("DE", "BY", (2026,), "en_US")))
    added = {name for day, name in bavaria.items() if day not in everywhere}
    assert added == {"Epiphany", "Corpus Christi", "All Saints' Day"}
    assert "Karfreitag" in everywhere.values(), "the country's own language, whatever the machine's is"


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"country": "Sweden"}, "/country"),
        ({"subdivision": "XX"}, "/subdivision"),
        ({"language": "tlh"}, "/language"),
        ({"years": []}, "/years"),
        ({"years": [2026, 1800]}, "/years/1"),
        ({"country": "DE", "years": [2026, 1980]}, "/years/1"),
        ({"years": "2026"}, "/years"),
        ({"region": "EU"}, "/region"),
    ],
)
async def test_holidays_that_are_not_known_are_refused(
    catalog: Running, wrong: dict[str, Any], pointer: str
) -> None:
    manager = catalog.caller("manager")
    await manager.creates("/v1/calendars", **OFFICE)
    answer = await import_holidays(manager, **({"country": "SE", "years": [2026]} | wrong))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert len(await said(catalog)) == 1


async def test_an_import_needs_the_latest_version_and_a_calendar(catalog: Running) -> None:
    manager = catalog.caller("manager")
    path, wanted = "/v1/calendars/office/holidays:import", {"country": "SE", "years": [2026]}
    assert (await manager.call("POST", path, wanted, If_Match="*")).status_code == 404
    await manager.creates("/v1/calendars", **OFFICE)
    assert (await manager.call("POST", path, wanted)).status_code == 428
    assert (await manager.call("POST", path, wanted, If_Match='"7"')).status_code == 412
    assert (await manager.call("POST", path, wanted, If_Match="*")).status_code == 200


async def test_of_rivals_for_the_next_version_one_wins(catalog: Running) -> None:
    manager = catalog.caller("manager")
    await manager.creates("/v1/calendars", **OFFICE)
    rivals = [manager.call("POST", "/v1/calendars", OFFICE, If_Match='"1"') for _ in range(4)]
    rivals += [import_holidays(manager, country=country, years=[2026]) for country in ("SE", "DE")]
    statuses = [answer.status_code for answer in await asyncio.gather(*rivals)]
    assert sum(status < 300 for status in statuses) == 1
    assert statuses.count(412) == 5
    await asyncio.gather(
        *(import_holidays(manager, "*", country=c, years=[2027]) for c in ("SE", "DE", "NO"))
    )
    assert (await manager.get("/v1/calendars/office"))["version"] == 5
    assert {event.sequence for event in await said(catalog)} == {1, 2, 3, 4, 5}


async def test_an_import_is_repeated_under_its_key_without_a_second_version(catalog: Running) -> None:
    manager = catalog.caller("manager")
    await manager.creates("/v1/calendars", **OFFICE)
    path, wanted = "/v1/calendars/office/holidays:import", {"country": "SE", "years": [2026]}
    answers = [
        await manager.call("POST", path, wanted, If_Match='"1"', Idempotency_Key="k") for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].text == answers[1].text
    assert answers[1].headers["idempotency-replayed"] == "true"
    form_encoded = await manager.client.post(
        path, data={"country": "SE"}, headers={"Authorization": f"Bearer {manager.token}", "If-Match": "*"}
    )
    assert form_encoded.status_code == 415


async def test_a_list_goes_by_name_and_can_be_searched(catalog: Running) -> None:
    manager = catalog.caller("manager")
    await manager.creates("/v1/calendars", **OFFICE)
    await manager.creates("/v1/calendars", **(OFFICE | {"key": "factory", "name": "Factory", "zone": "UTC"}))
    for query, keys in (("", ["factory", "office"]), ("?q=stock", ["office"]), ("?zone=UTC", ["factory"])):
        assert [item["key"] for item in (await manager.get(f"/v1/calendars{query}"))["items"]] == keys
