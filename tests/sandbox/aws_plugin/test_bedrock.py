import json
from typing import Any

import grpc
import pytest

from port_byollm.plugin.values import plain

GUARDRAIL = "aws:bedrock/guardrail:Guardrail"
VERSION = "aws:bedrock/guardrailVersion:GuardrailVersion"
USE_CASE = "aws:bedrock/useCaseForModelAccess:UseCaseForModelAccess"
FORM = {"companyName": "Acme", "intendedUsers": "0", "useCases": "Größe"}
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


async def test_use_case_form_life(engine: Any, bedrock: Any) -> None:
    form = await engine.made(USE_CASE, {"formData": json.dumps(FORM)})
    assert form.id == "111122223333"
    assert not (await form.diff(formData=json.dumps(FORM, indent=1, sort_keys=True))).diffs
    assert await form.refresh()
    assert json.loads(form.outputs["formData"]) == FORM

    changed = json.dumps(FORM | {"companyName": "Other"})
    assert (list((await form.diff(formData=changed)).diffs), form.id) == (["formData"], "111122223333")
    with pytest.raises(grpc.aio.AioRpcError, match="another use-case form, which cannot be changed"):
        await form.update(formData=changed)
    await form.delete()
    assert bedrock.get_use_case_for_model_access()["formData"]


async def test_use_case_form_that_is_there_is_taken_over_if_it_is_equal(engine: Any, bedrock: Any) -> None:
    bedrock.put_use_case_for_model_access(formData=json.dumps(FORM).encode())
    form = await engine.made(USE_CASE, {"formData": json.dumps(FORM, indent=1)})
    assert not (await form.diff()).diffs
    with pytest.raises(grpc.aio.AioRpcError, match="another use-case form, which cannot be changed"):
        await engine.made(USE_CASE, {"formData": json.dumps(FORM | {"intendedUsers": "1"})})


async def test_imported_use_case_form(engine: Any, bedrock: Any) -> None:
    assert (await engine.read(USE_CASE, "111122223333"))[0] == ""
    bedrock.put_use_case_for_model_access(formData=json.dumps(FORM).encode())
    _, _, inputs = await engine.read(USE_CASE, "111122223333")
    assert json.loads(plain(inputs)["formData"]) == FORM
