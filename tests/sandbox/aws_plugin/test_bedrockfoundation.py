"""Agreements to a model's terms, and the offers that they accept."""

from typing import Any

import grpc
import pytest

from port_byollm.plugin.values import plain
from port_byollm_sandbox.aws_plugin.ids import id_of

AGREEMENT = "aws:bedrockfoundation/modelAgreement:ModelAgreement"
OFFERS = "aws:bedrockfoundation/getModelAgreementOffers:getModelAgreementOffers"
SONNET = "anthropic.claude-sonnet-4-5-20250929-v1:0"


async def accepted(engine: Any) -> dict[str, str]:
    """What a program gives for an agreement."""
    found = await engine.invoke(OFFERS, modelId=SONNET, offerType="PUBLIC")
    return {"modelId": SONNET, "offerToken": found["offers"][0]["offerToken"]}


@pytest.fixture
def form(bedrock: Any) -> None:
    bedrock.put_use_case_for_model_access(formData=b'{"companyName": "Acme"}')


async def test_offers_have_the_shape_of_pulumi_aws(engine: Any) -> None:
    found = await engine.invoke(OFFERS, modelId=SONNET)
    assert (found["modelId"], found["region"]) == (SONNET, "eu-west-1")
    (offer,) = found["offers"]
    assert offer["offerId"]
    (terms,) = offer["termDetails"]
    assert terms["legalTerms"][0]["url"].startswith("https://")
    assert set(terms) == {"legalTerms", "supportTerms", "usageBasedPricingTerms", "validityTerms"}
    assert terms["usageBasedPricingTerms"] == [{"rateCards": []}]


@pytest.mark.usefixtures("form")
async def test_agreement_life(engine: Any, bedrock: Any) -> None:
    inputs = await accepted(engine)
    made = await engine.made(AGREEMENT, inputs)
    assert made.id == id_of(AGREEMENT, inputs, "") == SONNET
    assert made.outputs == inputs | {"region": "eu-west-1"}
    availability = bedrock.get_foundation_model_availability(modelId=SONNET)
    assert availability["agreementAvailability"] == {"status": "AVAILABLE"}
    assert not (await made.diff()).diffs
    # Another token each time it is asked for: a program ignores its changes.
    assert list((await made.diff(**await accepted(engine))).replaces) == ["offerToken"]

    await made.refresh()
    assert made.outputs["offerToken"] == inputs["offerToken"]
    await made.delete()
    assert not await made.refresh()
    await engine.delete(AGREEMENT, SONNET, inputs)  # gone already


@pytest.mark.usefixtures("form")
async def test_imported_agreement_does_not_know_its_offer(engine: Any) -> None:
    await engine.made(AGREEMENT, await accepted(engine))
    found_id, _, inputs = await engine.read(AGREEMENT, SONNET)
    assert (found_id, plain(inputs)) == (SONNET, {"modelId": SONNET})


async def test_agreement_without_the_form_is_refused(engine: Any) -> None:
    with pytest.raises(grpc.aio.AioRpcError, match="You have not filled out the request form"):
        await engine.made(AGREEMENT, await accepted(engine))
