"""The public holidays of a country, from the library `holidays`, as dated rows."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from holidays import country_holidays, list_supported_countries
from itsm_chassis.errors import FieldError

from itsm_catalog.rules.service_levels import invalid


class Wanted(NamedTuple):
    """Which holidays: `country` and `subdivision` as in ISO 3166; names in `language`, by default its own."""

    country: str
    subdivision: str | None
    years: tuple[int, ...]
    language: str | None


def named(wanted: Wanted) -> list[tuple[date, str]]:
    """Each holiday with its name, by date; Invalid for a country, part, language or year without any."""
    known = list_supported_countries()
    if wanted.country not in known:
        raise refusal("country", "No holidays are known of this country; write ISO 3166-1, such as SE.")
    parts = known[wanted.country]
    if wanted.subdivision is not None and wanted.subdivision not in parts:
        raise refusal("subdivision", f"{wanted.country} has none of this name; there are: {some(parts)}.")
    country = country_holidays(wanted.country)
    languages = country.supported_languages
    if wanted.language is not None and wanted.language not in languages:
        raise refusal("language", f"There are names in: {some(languages)}.")
    return sorted(by_year(wanted, wanted.language or country.default_language))


def by_year(wanted: Wanted, language: str | None) -> Iterator[tuple[date, str]]:
    """The holidays of each year; without a language the library would take that of the machine."""
    for index, year in enumerate(wanted.years):
        found = country_holidays(
            wanted.country, subdiv=wanted.subdivision, years=year, expand=False, language=language
        )
        if not found:
            raise refusal(f"years/{index}", f"No holidays of {wanted.country} are known for {year}.")
        yield from found.items()


def some(names: object) -> str:
    """The names, or that there are none."""
    return ", ".join(map(str, names)) if isinstance(names, list | tuple) and names else "none"


def refusal(name: str, message: str) -> Exception:
    """One finding."""
    return invalid([FieldError(f"/{name}", "unknown", message)])
