from typing import Any

import pytest

from port_byollm_sandbox.port_emulator import contract
from port_byollm_sandbox.port_emulator.contract.overlay import OverlayError, apply

DOCUMENT = {"paths": {"/a": {"get": {"tags": ["x"]}, "put": {}}, "/b": {"get": {}}}}


def applied(**action: Any) -> Any:
    return apply({"actions": [action]}, DOCUMENT)["paths"]


@pytest.mark.parametrize(
    ("target", "changed"),
    [
        ("$.paths['/a'].get", [("/a", "get")]),
        ("$.paths['/a'][*]", [("/a", "get"), ("/a", "put")]),
        ("$.paths[*]['get']", [("/a", "get"), ("/b", "get")]),
        ("$.paths['/a', '/b']['put', 'post']", [("/a", "put")]),
    ],
)
def test_a_target_selects_by_names(target: str, changed: list[tuple[str, str]]) -> None:
    paths = applied(target=target, update={"new": True})
    found = [(path, method) for path in paths for method, body in paths[path].items() if "new" in body]
    assert found == changed


def test_objects_are_merged_and_arrays_joined() -> None:
    assert applied(target="$.paths['/a']", update={"get": {"tags": ["y"], "more": 1}})["/a"] == {
        "get": {"tags": ["x", "y"], "more": 1},
        "put": {},
    }
    assert applied(target="$.paths['/a'].get.tags", update=["y"])["/a"]["get"]["tags"] == ["x", "y"]


def test_what_is_removed_is_gone() -> None:
    assert applied(target="$.paths[*].get", remove=True) == {"/a": {"put": {}}, "/b": {}}
    assert DOCUMENT["paths"]["/b"] == {"get": {}}, "the document itself stays"


@pytest.mark.parametrize(
    ("action", "problem"),
    [
        ({"target": "$.paths['/c']", "update": {"new": 1}}, "changes nothing"),
        ({"target": "$.paths['/a'].get.tags", "update": []}, "changes nothing"),
        ({"target": "$.paths..get", "remove": True}, "only .name"),
        ({"target": "paths", "remove": True}, "only .name"),
    ],
)
def test_an_action_without_effect_is_an_error(action: dict[str, Any], problem: str) -> None:
    with pytest.raises(OverlayError, match=problem):
        applied(**action)


def test_every_departure_from_ports_openapi_has_its_reason() -> None:
    actions = contract.overlay()["actions"]
    assert all(len(action["description"]) > 20 for action in actions)
    assert contract.served() != contract.described()
