"""Updates of a part of a stack: `pulumi up --target` and `--replace`."""

from .conftest import Local


def test_a_fresh_stack_can_be_made_in_parts(local: Local) -> None:
    done = local.up("--target", "**BedrockConnection::bedrock", "--target", "**ExternalId::bedrock")
    assert "+ 3 created" in done.stdout  # with the stack itself
    assert local.iam().list_roles()["Roles"] == []
    refused = local.up("--target", "**LlmDefaults::defaults", check=False)
    assert refused.returncode
    assert "was not specified in --target list" in refused.stdout
    local.up()
    assert local.outputs()["roleArn"] == "arn:aws:iam::111122223333:role/port-byollm-local"
    assert "created" not in local.up().stdout


def test_what_is_replaced_by_itself_stays(local: Local) -> None:
    local.up()
    for urn in ("**LlmProvider::bedrock", "**Secret::bedrock", "**LlmDefaults::defaults"):
        assert "1 replaced" in local.up("--replace", urn).stdout
    before = len(local.requests())
    assert not {"DELETE"} & {one["method"] for one in local.requests()}
    local.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert "unchanged" in local.up().stdout
    assert len(local.requests()) > before
