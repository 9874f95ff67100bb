"""The issuer of the session's tokens: the launcher's own, with keys of its own."""

import pytest
from itsm_local.issuer import Issuer


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    """Signs tokens; its `settings` make a service trust them."""
    return Issuer(tmp_path_factory.mktemp("issuer"))
