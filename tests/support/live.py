"""The fixture `live`: one running stack for all tests that ask for it, in the worker that runs them all."""

import shutil
from collections.abc import Iterator

import pytest
from support.stack import Stack

GROUP = "live"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of a running stack stay together in one worker, and begin first: they take longest."""
    using = [item for item in items if "live" in getattr(item, "fixturenames", ())]
    for item in using:
        item.add_marker(pytest.mark.xdist_group(GROUP))
    items.sort(key=lambda item: item not in using)


@pytest.fixture(scope="session")
def live() -> Iterator[Stack]:
    """Four services, PostgreSQL and RabbitMQ, as `make up` starts them; dropped at the end."""
    made = Stack()
    try:
        made.launcher("up")
        yield made
    finally:
        made.launcher("reset")
        shutil.rmtree(made.folder, ignore_errors=True)
