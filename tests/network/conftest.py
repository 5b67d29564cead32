"""A company's network for all tests here."""

from collections.abc import Iterator

import pytest

from .company import Network, company_network


@pytest.fixture(scope="session")
def running_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    with company_network(tmp_path_factory.mktemp("network")) as network:
        yield network


@pytest.fixture
def network(running_network: Network) -> Network:
    """Its proxy was asked for nothing yet."""
    running_network.forget()
    return running_network
