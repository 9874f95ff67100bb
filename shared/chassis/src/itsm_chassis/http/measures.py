"""What Prometheus learns of each request; the route's template is the label, never the raw path."""

from functools import lru_cache
from typing import NamedTuple

from prometheus_client import Counter, Histogram

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

REQUESTS = Counter("itsm_http_requests_total", "Requests answered", ("method", "route", "status"))
DURATION = Histogram(
    "itsm_http_request_duration_seconds",
    "Time from the request's headers to the end of its response",
    ("method", "route"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)


class Series(NamedTuple):
    """The two series that one kind of answer adds to."""

    requests: Counter
    duration: Histogram


@lru_cache(maxsize=4096)
def series(method: str, route: str, status: int) -> Series:
    """Looked up once per method, route and status: labels() costs more than the increment."""
    known = method if method in METHODS else "other"
    return Series(REQUESTS.labels(known, route, str(status)), DURATION.labels(known, route))


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request."""
    counted = series(method, route, status)
    counted.requests.inc()
    counted.duration.observe(seconds)
