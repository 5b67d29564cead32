"""An update that is killed, wherever that is, is mended by running it again."""

from .conftest import Local
from .killing import left_behind, moments, needs_proc, up_killed_after


def _assert_whole(local: Local) -> None:
    iam = local.iam()
    assert [role["RoleName"] for role in iam.list_roles()["Roles"]] == ["port-byollm-local"]
    [policy] = iam.list_policies(Scope="Local")["Policies"]
    assert policy["AttachmentCount"] == 1
    with local.port() as port:
        [secret] = port.get("/v1/organization/secrets").json()["secrets"]
        assert secret["secretName"] == local.outputs()["externalIdSecretName"]
        assert port.get("/v1/llm-providers/bedrock").json()["result"]["enabled"] is True
        assert port.get("/v1/llm-providers/defaults").json()["result"]["provider"] == "bedrock"
    again = local.up()
    assert not any(word in again.stdout for word in ("created", "updated", "replaced", "deleted")), (
        again.stdout
    )


@needs_proc
def test_up_after_a_kill_at_any_step_of_a_creation(local: Local) -> None:
    for writes in moments():
        if not up_killed_after(local, writes):
            break
        assert left_behind(local) == [], f"killed at checkpoint {writes}"

        local.up()

        _assert_whole(local)
        local.command("sandbox", "reset")
    # Every step is written down twice, before and after: fewer means that nothing was killed.
    assert writes > 15
