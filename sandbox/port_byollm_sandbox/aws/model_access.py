"""Access to third-party models: Anthropic's use-case form, offers, agreements, availability.

All of it applies to the account, in every region. Shapes: Amazon Bedrock API Reference. Order of steps:
Amazon Bedrock User Guide, "Access Amazon Bedrock foundation models".
"""

import base64
import secrets
from dataclasses import dataclass, field

from moto.bedrock.models import bedrock_backends
from moto.bedrock.responses import BedrockResponse
from moto.core.responses import ActionResult

from port_byollm import catalogue
from port_byollm_sandbox.aws.constraints import AwsError

# The region under which moto's backend keeps what belongs to no region.
HOME_REGION = "us-east-1"


@dataclass
class Access:
    """The form and the agreements of an account, and the offers shown to it."""

    form: bytes | None = None
    # Token of each offer that was shown -> its model.
    offers: dict[str, str] = field(default_factory=dict)
    agreements: set[str] = field(default_factory=set)


class ModelAccess(BedrockResponse):
    def put_use_case_for_model_access(self) -> ActionResult:
        self._access().form = self._get_param("formData")
        return ActionResult({})

    def get_use_case_for_model_access(self) -> ActionResult:
        # AWS encodes it once more than the service model says, and pulumi-aws therefore decodes it twice.
        return ActionResult({"formData": base64.b64encode(self._form())})

    def list_foundation_model_agreement_offers(self) -> ActionResult:
        """List one public offer, with a new token in every answer."""
        identifier = self._get_param("modelId")
        model = self._model_of(identifier)
        token = secrets.token_urlsafe(48)
        self._access().offers[token] = str(model.bedrock_id)
        terms = {
            "usageBasedPricingTerm": {"rateCard": []},
            "legalTerm": {"url": "https://aws.amazon.com/legal/bedrock/third-party-models/"},
            "supportTerm": {"refundPolicyDescription": "No refunds"},
        }
        offer = {"offerId": f"offer-{model.name}", "offerToken": token, "termDetails": terms}
        return ActionResult({"modelId": identifier, "offers": [offer]})

    def create_foundation_model_agreement(self) -> ActionResult:
        identifier, access = self._get_param("modelId"), self._access()
        model_id = str(self._model_of(identifier).bedrock_id)
        self._form()
        if access.offers.get(self._get_param("offerToken")) != model_id:
            raise AwsError("ValidationException", "The offer token is not valid for the model.")
        if model_id in access.agreements:
            raise AwsError("ConflictException", f"An agreement for model {identifier} already exists.")
        access.agreements.add(model_id)
        return ActionResult({"modelId": identifier})

    def delete_foundation_model_agreement(self) -> ActionResult:
        model_id = str(self._model_of(self._get_param("modelId")).bedrock_id)
        if model_id not in self._access().agreements:
            raise AwsError("ValidationException", "No agreement exists to cancel.")
        self._access().agreements.remove(model_id)
        return ActionResult({})

    def get_foundation_model_availability(self) -> ActionResult:
        """Report every account as authorized and entitled: models no longer need an access request."""
        identifier = self._get_param("modelId")
        model = self._model_of(identifier)
        return ActionResult(
            {
                # AWS omits the last part of the version.
                "modelId": identifier.partition(":")[0],
                "agreementAvailability": {"status": status(model.bedrock_id in self._access().agreements)},
                "authorizationStatus": "AUTHORIZED",
                "entitlementAvailability": "AVAILABLE",
                "regionAvailability": status(bool(model.geographies(self.region))),
            }
        )

    def _access(self) -> Access:
        """Return this account's access, kept in moto's backend so that a reset of moto empties it too."""
        backend = bedrock_backends[self.current_account][HOME_REGION]
        access: Access = backend.__dict__.setdefault("model_access", Access())
        return access

    def _form(self) -> bytes:
        form = self._access().form
        if form is None:
            raise AwsError(
                "ResourceNotFoundException",
                "You have not filled out the request form. Fill out the form before getting access.",
            )
        return form

    def _model_of(self, identifier: str) -> catalogue.Model:
        """Return the model that the id of a model or an inference profile names."""
        geography, _, rest = identifier.partition(".")
        model = catalogue.find_model(rest if geography in catalogue.GEOGRAPHIES else identifier)
        if model is None or model.bedrock_id is None or not identifier.endswith(model.bedrock_id):
            raise AwsError("ResourceNotFoundException", f"Model {identifier} not found.")
        return model


def status(available: bool) -> str:
    return "AVAILABLE" if available else "NOT_AVAILABLE"
