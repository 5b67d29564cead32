"""`aws:bedrockfoundation/…` (https://www.pulumi.com/registry/packages/aws/api-docs/bedrockfoundation/)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from port_byollm_sandbox.aws_plugin.resource import Created, Properties, ResourceType
from port_byollm_sandbox.aws_plugin.session import Aws


class ModelAgreement(ResourceType):
    pulumi_type = "aws:bedrockfoundation/modelAgreement:ModelAgreement"
    required = ("modelId", "offerToken")
    optional: ClassVar = {"region": None}
    replaced_by = frozenset({"modelId", "offerToken", "region"})

    def create(self, aws: Aws, inputs: Properties) -> Created:
        self._bedrock(aws, inputs).create_foundation_model_agreement(
            modelId=inputs["modelId"], offerToken=inputs["offerToken"]
        )
        return Created(self._id(**inputs))

    def read(self, aws: Aws, resource_id: str, state: Properties) -> dict[str, Any] | None:
        bedrock = self._bedrock(aws, state)
        found = bedrock.get_foundation_model_availability(modelId=resource_id)
        if found["agreementAvailability"]["status"] == "NOT_AVAILABLE":
            return None
        return {"modelId": resource_id, "region": bedrock.meta.region_name}

    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> None:
        """Do nothing: every change replaces the resource."""

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        try:
            self._bedrock(aws, state).delete_foundation_model_agreement(modelId=resource_id)
        except ClientError as error:
            if "No agreement exists" not in error.response["Error"]["Message"]:
                raise

    def _bedrock(self, aws: Aws, properties: Properties) -> Any:
        return aws.client("bedrock", properties.get("region"))


def get_model_agreement_offers(aws: Aws, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Get the offers, with new tokens in each answer as from AWS: put `offerToken` under `ignoreChanges`."""
    bedrock = aws.client("bedrock", arguments.get("region"))
    offer_type = {"offerType": arguments["offerType"]} if arguments.get("offerType") else {}
    found = bedrock.list_foundation_model_agreement_offers(modelId=arguments["modelId"], **offer_type)
    region = bedrock.meta.region_name
    offers = [
        {
            "offerId": offer.get("offerId", ""),
            "offerToken": offer["offerToken"],
            "termDetails": [term_details(offer["termDetails"])],
        }
        for offer in found["offers"]
    ]
    return {"id": region, "region": region, **arguments, "offers": offers}


def term_details(terms: Mapping[str, Any]) -> dict[str, Any]:
    """Convert to pulumi-aws's shape, where every structure is a list of at most one, under a plural name."""
    prices = terms["usageBasedPricingTerm"]
    lists = {f"{key}s": [terms[key]] for key in ("legalTerm", "supportTerm")}
    lists["validityTerms"] = [terms["validityTerm"]] if "validityTerm" in terms else []
    return lists | {"usageBasedPricingTerms": [{"rateCards": prices["rateCard"]}]}
