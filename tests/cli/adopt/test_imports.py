"""The import file: the resources of it must be those of the program."""

from port_byollm.cli.adopt.imports import Import, import_file, missing

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
