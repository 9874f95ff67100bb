"""The committed OpenAPI document is that of the code."""

from pathlib import Path

from itsm_chassis.run.main import openapi
from itsm_metrics.app import service

COMMITTED = Path(__file__).parents[2] / "services/metrics/openapi.json"


def test_the_committed_document_is_generated_from_this_code() -> None:
    written = COMMITTED.read_text()
    assert written == openapi(service) + "\n", "run: python -m itsm_metrics openapi > openapi.json"
