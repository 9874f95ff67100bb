"""One stack for the module's faults; each test has a tenant of its own on it."""

import shutil
from collections.abc import Iterator

import pytest
from support.stack import Stack


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    made = Stack()
    try:
        made.launcher("up")
        yield made
    finally:
        made.launcher("reset")
        shutil.rmtree(made.folder, ignore_errors=True)
