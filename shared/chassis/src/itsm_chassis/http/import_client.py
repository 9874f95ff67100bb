"""A client of an import: sends lines in pieces, and goes on after whatever interrupts it."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Final

import httpx2

PIECE: Final = 500
"""Lines per request: one transaction of the service."""

PATIENCE_S: Final = 180.0
"""How long the service may be away before the import gives up."""

PAUSES_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0)
TIMEOUT: Final = httpx2.Timeout(60.0, connect=3.0)


class Failed(Exception):
    """The service refuses the import, or is away for too long; the message says what to do."""


class Interrupted(Exception):
    """This attempt did not come through; another may."""


class Importer:
    """Imports lines at `url`, the whole address of an import. Repeating lines is harmless: what they are
    known by makes them `unchanged`.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        dry_run: bool = False,
        waiting: Callable[[str], None] = lambda _: None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """`waiting` is told why, whenever the service has to be waited for."""
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
        self._params = {"dry_run": "true"} if dry_run else {}
        self._waiting = waiting
        self._patience_s = patience_s

    def results(self, lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
        """One result per line, their numbers counted over all of the lines."""
        done = 0
        with httpx2.Client(timeout=TIMEOUT, trust_env=False) as http:
            for piece in pieces(lines):
                for result in self._through(http, piece):
                    yield result | {"line": done + result["line"]}
                done += len(piece)

    def _through(self, http: httpx2.Client, piece: tuple[bytes, ...]) -> list[dict[str, Any]]:
        deadline = time.monotonic() + self._patience_s
        attempt = 0
        while True:
            try:
                return self._once(http, piece)
            except (Interrupted, httpx2.TransportError) as error:
                if time.monotonic() > deadline:
                    raise Failed(
                        f"{self._url} has not answered for {self._patience_s:.0f} s ({error}). Start the "
                        "service, then run the import again: what is stored already is not stored twice."
                    ) from error
                self._waiting(str(error) or type(error).__name__)
                time.sleep(PAUSES_S[min(attempt, len(PAUSES_S) - 1)])
                attempt += 1

    def _once(self, http: httpx2.Client, piece: tuple[bytes, ...]) -> list[dict[str, Any]]:
        body = b"".join(line.rstrip(b"\r\n") + b"\n" for line in piece)
        answer = http.post(self._url, content=body, headers=self._headers, params=self._params)
        if answer.status_code >= 500:
            raise Interrupted(f"the service answers {answer.status_code}")
        if answer.status_code != 200:
            raise Failed(f"The service refuses the import ({answer.status_code}): {detail(answer)}")
        results = [json.loads(line) for line in answer.text.splitlines()]
        if len(results) != sum(1 for line in piece if line.strip()):
            raise Interrupted("the answer broke off")
        return results


def pieces(lines: Iterable[bytes]) -> Iterator[tuple[bytes, ...]]:
    """Lines as requests take them."""
    rest = iter(lines)
    while piece := tuple(islice(rest, PIECE)):
        yield piece


def detail(answer: httpx2.Response) -> str:
    """The problem's sentence, or the text as it came."""
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:200]
