from typing import Any

GUARDRAIL = "aws:bedrock/guardrail:Guardrail"
VERSION = "aws:bedrock/guardrailVersion:GuardrailVersion"
PROFILE = "arn:aws:bedrock:eu-west-1:111122223333:guardrail-profile/eu.guardrail.v1:0"
FILTER = {"type": "HATE", "inputStrength": "HIGH", "outputStrength": "HIGH"}
INPUTS = {
    "name": "prompts",
    "blockedInputMessaging": "no",
    "blockedOutputsMessaging": "no",
    "kmsKeyArn": "arn:aws:kms:eu-west-1:111122223333:key/12345678-1234-1234-1234-123456789012",
    "contentPolicyConfig": {"filtersConfigs": [FILTER], "tierConfigs": [{"tierName": "STANDARD"}]},
    "crossRegionConfig": {"guardrailProfileIdentifier": PROFILE},
}


async def test_guardrail_life(engine: Any, bedrock: Any) -> None:
    guardrail = await engine.made(GUARDRAIL, INPUTS | {"tags": {"team": "a"}})
    identifier = guardrail.outputs["guardrailId"]
    assert guardrail.id == f"{identifier},DRAFT"
    assert guardrail.outputs["guardrailArn"].endswith(f":guardrail/{identifier}")
    assert (guardrail.outputs["status"], guardrail.outputs["version"]) == ("READY", "DRAFT")
    found = bedrock.get_guardrail(guardrailIdentifier=identifier)
    assert found["contentPolicy"] == {"filters": [FILTER], "tier": {"tierName": "STANDARD"}}
    assert not (await guardrail.diff()).diffs
    assert await guardrail.refresh()
    assert not (await guardrail.diff()).diffs

    words = {"wordsConfigs": [{"text": "secret"}]}
    await guardrail.update(wordPolicyConfig=words, contentPolicyConfig=None, tags={"team": "b"})
    found = bedrock.get_guardrail(guardrailIdentifier=identifier)
    assert found["wordPolicy"]["words"] == [{"text": "secret"}]
    assert "contentPolicy" not in found
    assert guardrail.outputs["tagsAll"] == {"team": "b"}
    assert not (await guardrail.diff()).diffs
    assert list((await guardrail.diff(region="us-east-1")).replaces) == ["region"]

    await guardrail.delete()
    assert not await guardrail.refresh()


async def test_guardrail_in_another_region(engine: Any) -> None:
    guardrail = await engine.made(GUARDRAIL, INPUTS | {"region": "us-east-1"})
    assert guardrail.outputs["guardrailArn"].startswith("arn:aws:bedrock:us-east-1:")
    assert await guardrail.refresh()
    await guardrail.delete()


async def test_guardrail_version_life(engine: Any, bedrock: Any) -> None:
    guardrail = await engine.made(GUARDRAIL, INPUTS)
    arn = guardrail.outputs["guardrailArn"]
    version = await engine.made(VERSION, {"guardrailArn": arn, "description": "first"})
    assert version.id == f"{arn},1"
    assert version.outputs["version"] == "1"
    assert not (await version.diff()).diffs
    assert list((await version.diff(description="second")).replaces) == ["description"]
    assert not (await version.diff(skipDestroy=True)).replaces
    await version.delete()
    assert len(bedrock.list_guardrails(guardrailIdentifier=arn)["guardrails"]) == 1
    assert not await version.refresh()
