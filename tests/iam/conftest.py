import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from port_byollm.catalogue import lookup

Document = dict[str, Any]


@pytest.fixture(autouse=True, scope="package")
def _packaged_catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Whatever the developer's project says of the account must not change the outcome."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PORT_BYOLLM_CATALOGUE", str(tmp_path_factory.mktemp("catalogue") / "none.json"))
        lookup.forget()
        yield
    lookup.forget()


@pytest.fixture
def documentation() -> Callable[[str], Document]:
    """A document of Port's page "Setup & Configuration", as it stands there."""

    def read(name: str) -> Document:
        text = Path(__file__).with_name("fixtures").joinpath(f"{name}.json").read_text(encoding="utf-8")
        document: Document = json.loads(text)
        return document

    return read
