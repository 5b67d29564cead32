from collections.abc import Iterator
from pathlib import Path

import pytest

from port_byollm.catalogue import lookup


@pytest.fixture(autouse=True)
def overlay_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the look-ups find what the account answered: nothing, unless a test writes it."""
    path = tmp_path / "catalogue.json"
    monkeypatch.setenv("PORT_BYOLLM_CATALOGUE", str(path))
    lookup.forget()
    yield path
    lookup.forget()
