from collections.abc import Callable
from typing import Any

import pytest

from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.errors import ConfigError
from port_byollm.iam.trust_policy import MAX_TRUST_POLICY_SIZE, external_ids_of, gateway_trust

PRINCIPALS = list(GATEWAY_PRINCIPALS.values())


def test_without_external_id_is_the_documented_statement(documentation: Callable[[str], Any]) -> None:
    assert gateway_trust(PRINCIPALS).to_dict() == documentation("trust_without_external_id")


def test_with_external_id_is_the_documented_statement(documentation: Callable[[str], Any]) -> None:
    expected = documentation("trust_with_external_id")
    expected["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"] = "an-external-id"
    assert gateway_trust(PRINCIPALS, ["an-external-id"]).to_dict() == expected


def test_while_rotating_both_values_are_accepted() -> None:
    [statement] = gateway_trust(PRINCIPALS[:1], ["new", "old", "new"]).to_dict()["Statement"]
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": ["new", "old"]}}
    assert statement["Principal"] == {"AWS": PRINCIPALS[:1]}


@pytest.mark.parametrize(
    "principals",
    [
        [],
        ["*"],
        ["111122223333"],
        ["arn:aws:iam::111122223333:root"],
        ["arn:aws:iam::111122223333:user/x"],
        ["arn:aws:iam::111122223333:role/*"],
        ["arn:aws:iam::111122223333:role/x?"],
        ["arn:aws:iam::111122223333:role/x\n"],
        ["arn:aws:iam::11112222333:role/x"],
    ],
)
def test_principals_are_roles_named_in_full(principals: list[str]) -> None:
    with pytest.raises(ConfigError, match=r"^principals: "):
        gateway_trust(principals)


@pytest.mark.parametrize(
    "external_id", ["", "x", "secret value", "secret\n", "secr\u00e9t", "x" * 1225, "secret*"]
)
def test_external_id_that_sts_refuses_is_refused_unquoted(external_id: str) -> None:
    with pytest.raises(ConfigError, match=r"^external_ids: ") as raised:
        gateway_trust(PRINCIPALS, [external_id])
    assert "secr" not in str(raised.value)


def test_longest_external_id_is_accepted_once_and_too_much_twice() -> None:
    assert gateway_trust(PRINCIPALS, ["a" * 1224]).size() <= MAX_TRUST_POLICY_SIZE
    with pytest.raises(ConfigError, match="IAM accepts 2048") as raised:
        gateway_trust(PRINCIPALS, ["a" * 1224, "b" * 1224])
    assert "aaa" not in str(raised.value)


@pytest.mark.parametrize("values", [(), ("one",), ("one", "two")])
def test_external_ids_are_read_back(values: tuple[str, ...]) -> None:
    assert external_ids_of(gateway_trust(PRINCIPALS, values).to_dict()) == list(values)


def test_external_ids_of_several_statements_are_each_told_once() -> None:
    def statement(value: object) -> dict[str, object]:
        return {"Effect": "Allow", "Condition": {"StringEquals": {"sts:ExternalId": value}}}

    assert external_ids_of({"Statement": [statement("a"), {"Effect": "Allow"}, statement(["b", "a"])]}) == [
        "a",
        "b",
    ]
    assert external_ids_of({"Statement": statement("a")}) == ["a"]
