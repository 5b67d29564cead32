from collections.abc import Iterator

import pytest

from port_byollm.catalogue import lookup


@pytest.fixture(autouse=True, scope="package")
def _packaged_catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Whatever the developer's project says of the account must not change the outcome."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PORT_BYOLLM_CATALOGUE", str(tmp_path_factory.mktemp("catalogue") / "none.json"))
        lookup.forget()
        yield
    lookup.forget()
