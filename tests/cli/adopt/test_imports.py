"""The import file: the resources of it must be those of the program."""

from dataclasses import replace
from typing import Any

from port_byollm.cli.adopt.imports import Import, State, import_file, missing, write

CONNECTION = Import("port-byollm:index:BedrockConnection", "bedrock")
GATEWAY = Import("port-byollm:index:GatewayRole", "bedrock", parent=CONNECTION)
ROLE = Import("aws:iam/role:Role", "bedrock", "gateway", GATEWAY)
SECRET = Import("port-byollm:index:Secret", "bedrock", "EXTERNAL_ID", CONNECTION)
ALL = [CONNECTION, SECRET, GATEWAY, ROLE]

GATEWAY_URN = (
    "urn:pulumi:dev::byollm::port-byollm:index:BedrockConnection$port-byollm:index:GatewayRole::bedrock"
)
STATE = [
    {"urn": "urn:pulumi:dev::byollm::pulumi:pulumi:Stack::byollm-dev"},
    {"urn": "urn:pulumi:dev::byollm::port-byollm:index:BedrockConnection::bedrock"},
    {"urn": GATEWAY_URN},
]


def test_each_is_under_its_parent_and_known_by_its_logical_name() -> None:
    file = import_file(ALL, [])

    labels = [each["name"] for each in file["resources"]]
    assert len(set(labels)) == len(ALL)  # a parent is named by it, so it must not be ambiguous
    assert {each["logicalName"] for each in file["resources"]} == {"bedrock"}
    assert [each.get("parent") for each in file["resources"]] == [None, labels[0], labels[0], labels[2]]
    assert file["nameTable"] == {}


def test_a_component_stands_for_nothing_and_the_others_for_their_id() -> None:
    connection, secret, _, role = import_file(ALL, [])["resources"]

    assert connection["component"] is True
    assert "id" not in connection
    assert (secret["id"], role["id"]) == ("EXTERNAL_ID", "gateway")
    assert "component" not in role


def test_only_awss_resources_name_a_version() -> None:
    assert [each["type"] for each in import_file(ALL, [])["resources"] if "version" in each] == [ROLE.type]


def test_what_the_state_has_is_not_imported_again_but_can_be_a_parent() -> None:
    wanted = missing(ALL, STATE)
    file = import_file(wanted, STATE)

    assert wanted == [SECRET, ROLE]
    _, role = file["resources"]
    assert file["nameTable"][role["parent"]] == GATEWAY_URN


def test_the_same_name_under_another_parent_is_another_resource() -> None:
    elsewhere = [{"urn": "urn:pulumi:dev::byollm::aws:iam/role:Role::bedrock"}]

    assert missing([ROLE], elsewhere) == [ROLE]


def test_a_secret_is_no_part_of_the_file_nor_of_what_is_printed() -> None:
    role = replace(ROLE, state=State({"policy": "canary"}, {}, instead_of_import=True))

    assert [each["type"] for each in import_file([CONNECTION, GATEWAY, role], [])["resources"]] == [
        CONNECTION.type,
        GATEWAY.type,
    ]
    assert "canary" not in repr(role)


def test_what_is_written_goes_before_what_may_depend_on_it() -> None:
    gateway = {"urn": GATEWAY_URN}
    attachment = {
        "urn": GATEWAY_URN.replace(
            "::bedrock", "$aws:iam/rolePolicyAttachment:RolePolicyAttachment::bedrock"
        ),
        "parent": GATEWAY_URN,
        "provider": "aws::1",
    }
    resources: list[dict[str, Any]] = [STATE[0], gateway, attachment]

    write([replace(ROLE, state=State({"in": 1}, {"out": 2}, instead_of_import=True))], resources)

    _, _, written, last = resources
    assert last is attachment
    assert written == {
        "urn": GATEWAY_URN.removesuffix("::bedrock") + "$aws:iam/role:Role::bedrock",
        "custom": True,
        "id": "gateway",
        "type": ROLE.type,
        "inputs": {"in": 1},
        "outputs": {"out": 2},
        "parent": GATEWAY_URN,
        "provider": "aws::1",
    }


def test_what_an_import_does_not_know_is_added_to_it() -> None:
    defaults = Import(
        "port-byollm:index:LlmDefaults", "defaults", "defaults", state=State({"b": 1}, {"c": 2})
    )
    urn = "urn:pulumi:dev::byollm::port-byollm:index:LlmDefaults::defaults"
    resources: list[dict[str, Any]] = [{"urn": urn, "inputs": {"a": 0}, "outputs": {"a": 0}}]

    write([defaults], resources)

    assert len(import_file([defaults], [])["resources"]) == 1
    assert resources == [{"urn": urn, "inputs": {"a": 0, "b": 1}, "outputs": {"a": 0, "c": 2}}]
