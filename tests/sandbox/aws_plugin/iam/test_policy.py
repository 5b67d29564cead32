"""A managed policy."""

import json
from typing import Any

import pytest

from .program import POLICY, document


async def test_policy_life(engine: Any, iam: Any) -> None:
    policy = await engine.made(POLICY, {"name": "invoke", "policy": document(), "tags": {"team": "a"}})
    arn = "arn:aws:iam::111122223333:policy/invoke"
    assert policy.id == arn
    expected = {"arn": arn, "name": "invoke", "path": "/", "description": "", "attachmentCount": 0}
    assert expected.items() <= policy.outputs.items()
    assert policy.outputs["tags"] == policy.outputs["tagsAll"] == {"team": "a"}
    assert isinstance(policy.outputs["policy"], str)
    assert not (await policy.diff()).diffs

    changed = await policy.diff(policy=document("bedrock:Converse*"))
    assert (list(changed.diffs), list(changed.replaces)) == (["policy"], [])
    for number in range(6):
        await policy.update(policy=document(f"bedrock:Get{number}"), tags={"team": "b"})
    assert len(iam.list_policy_versions(PolicyArn=arn)["Versions"]) == 5
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v7"
    assert json.loads(policy.outputs["policy"]) == document("bedrock:Get5")
    assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == [{"Key": "team", "Value": "b"}]

    await policy.delete()
    assert not await policy.refresh()
    await engine.delete(POLICY, arn, {})  # gone already


@pytest.mark.parametrize("change", [{"description": "other"}, {"path": "/x/"}, {"name": "other"}])
async def test_policy_is_replaced_for_what_aws_cannot_change(engine: Any, change: dict[str, str]) -> None:
    policy = await engine.made(POLICY, {"name": "invoke", "policy": document()})
    diff = await policy.diff(**change)
    assert list(diff.replaces) == list(change)
    [detail] = diff.detailedDiff.values()
    assert type(detail).Kind.Name(detail.kind).endswith("_REPLACE")
    assert diff.deleteBeforeReplace == ("name" not in change)
