"""Prompts that must stay in a geography, in an organisation whose default is Port's own models."""

from port_byollm.catalogue import GATEWAY_PRINCIPALS

from .conftest import Local


def test_residency_lets_a_stack_come_up_and_refuses_only_to_leave_port_behind(local: Local) -> None:
    local.configure(dataResidency="eu", defaults={"onRemoval": "restore"})
    assert "`pulumi destroy` will be refused" in local.up().stdout
    with local.port() as port:
        before = port.get("/v1/llm-providers/defaults").json()["result"]
        done = local.pulumi("destroy", "--yes", "--skip-preview", check=False)
        assert done.returncode
        assert "Set onRemoval to keep" in done.stdout
        assert port.get("/v1/llm-providers/defaults").json()["result"] == before
    local.configure(dataResidency="eu", defaults={"onRemoval": "system-default"})
    local.up()
    local.pulumi("destroy", "--yes", "--skip-preview")
    with local.port() as port:
        assert port.get("/v1/llm-providers").json()["result"] == []


def test_residency_admits_only_the_gateway_within_it(local: Local) -> None:
    local.configure(dataResidency="eu")
    local.up()

    role = local.iam().get_role(RoleName="port-byollm-local")["Role"]
    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    admitted = statement["Principal"]["AWS"]
    assert admitted in (GATEWAY_PRINCIPALS["eu"], [GATEWAY_PRINCIPALS["eu"]])
