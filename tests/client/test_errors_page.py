"""The page of errors, which is written from the classes: each is produced by the emulator."""

import importlib.util
from pathlib import Path
from types import ModuleType

from port_byollm.client import errors

SCRIPT = Path(__file__).parents[2] / "docs" / "errors.py"


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("errors_page", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_page_is_what_the_classes_say() -> None:
    module = script()
    assert module.PAGE.read_text(encoding="utf-8") == await module.page(), f"run python {SCRIPT}"


def test_every_class_is_a_kind_of_its_own() -> None:
    def tree(kind: type[errors.PortError]) -> set[type[errors.PortError]]:
        return {kind}.union(*map(tree, kind.__subclasses__()))

    assert set(errors.KINDS) == tree(errors.PortError) - {errors.PortError}
    assert len(errors.KINDS) == len(set(errors.KINDS))
