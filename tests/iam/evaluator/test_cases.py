"""`cases.yaml`, case by case."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from port_byollm.iam.simulation import simulate

FILE = yaml.safe_load(Path(__file__).with_name("cases.yaml").read_text(encoding="utf-8"))
ALLOW: dict[str, Any] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
INVOKE = {"principal": "SESSION", "action": "bedrock:InvokeModel", "resource": "MODEL"}
ASSUME = {"principal": "GATEWAY", "action": "sts:AssumeRole", "resource": "ROLE"}


def named(value: Any) -> Any:
    """`value` with the file's names replaced by what they stand for."""
    if isinstance(value, dict):
        return {key: named(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [named(inner) for inner in value]
    return FILE["names"].get(value, value) if isinstance(value, str) else value


def statement(given: dict[str, Any], usual: dict[str, Any]) -> dict[str, Any]:
    instead = {"NotAction": "Action", "NotResource": "Resource", "NotPrincipal": "Principal"}
    left_out = {instead[element] for element in given if element in instead} - given.keys()
    return {key: value for key, value in {**usual, **given}.items() if key not in left_out}


def question(case: dict[str, Any]) -> dict[str, Any]:
    """A case as a document of `iam simulate`."""

    def document(statements: list[dict[str, Any]], usual: dict[str, Any] = ALLOW) -> dict[str, Any]:
        version = case.get("version", "2012-10-17")
        body = {"Statement": [statement(one, usual) for one in statements]}
        return {"Version": version, **body} if version else body

    def levels(given: list[Any], full_access: dict[str, Any]) -> list[list[dict[str, Any]]]:
        return [
            [document(level["only"])]
            if isinstance(level, dict) and level["only"]
            else []
            if isinstance(level, dict)
            else [document([full_access, *level])]
            for level in given
        ]

    found: dict[str, Any] = {}
    identity = [{"Condition": case["condition"]}] if "condition" in case else case.get("identity", [])
    found["identityPolicies"] = [document(identity)] if identity else []
    if "boundary" in case:
        found["permissionBoundary"] = document(case["boundary"])
    if "resource" in case:
        found["resourcePolicy"] = document(case["resource"])
    if "trust" in case:
        found["resourcePolicy"] = document(case["trust"], {"Effect": "Allow", "Action": "sts:AssumeRole"})
    if "scps" in case:
        found["scps"] = levels(case["scps"], ALLOW)
    if "rcps" in case:
        found["rcps"] = levels(case["rcps"], ALLOW | {"Principal": "*"})
    request = {**(ASSUME if "trust" in case else INVOKE), "context": case.get("context", {})}
    for key, where in (
        ("principal", "principal"),
        ("action", "action"),
        ("resource_", "resource"),
        ("resource_account", "resourceAccount"),
    ):
        if key in case:
            request[where] = case[key]
    found["requests"] = [{"id": case["why"], **request}]
    return {key: named(value) for key, value in found.items()}


def cases() -> Iterator[Any]:
    for group, listed in FILE["groups"].items():
        for case in listed:
            yield pytest.param(case, id=f"{group}: {case['why']}")


@pytest.mark.parametrize("case", [*cases()])
def test_case(case: dict[str, Any]) -> None:
    [answer] = simulate(question(case))
    if "refused" in case:
        assert answer["decision"] is None
        assert case["refused"] in answer["errors"][0]
    else:
        assert (answer["decision"], answer.get("errors")) == (case["decision"], None), answer["reason"]
        for value in ("old", "o-mine"):  # values of conditions stay out of reasons
            assert value not in answer["reason"].split()


def test_every_case_is_another_question() -> None:
    seen: dict[str, str] = {}
    for group, listed in FILE["groups"].items():
        for case in listed:
            asked = repr({**question(case), "requests": question(case)["requests"][0] | {"id": ""}})
            assert asked not in seen, (group, case["why"], seen[asked])
            seen[asked] = case["why"]
