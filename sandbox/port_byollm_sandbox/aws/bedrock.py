"""The parts of Bedrock that moto lacks and a connection needs: models, inference profiles and guardrails.

Models and system-defined profiles come from the catalog. Shapes: Amazon Bedrock API Reference.
"""

import json
import secrets
import string
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

from moto.bedrock import urls
from moto.bedrock.responses import BedrockResponse
from moto.core.responses import ActionResult

from port_byollm import catalogue
from port_byollm.iam import arns
from port_byollm_sandbox.aws.constraints import AwsError, Constrained
from port_byollm_sandbox.aws.model_access import ModelAccess

# Version of a guardrail, "DRAFT" included -> its definition, in GetGuardrail's shape.
Guardrail = dict[str, dict[str, Any]]


def install() -> None:
    """Add these operations to moto's Bedrock, for this process."""
    for path, handler in urls.url_paths.items():
        if handler == BedrockResponse.dispatch:
            urls.url_paths[path] = Bedrock.dispatch


class Bedrock(Constrained, ModelAccess):
    def __init__(self) -> None:
        super().__init__()
        self.automated_parameter_parsing = True

    def list_foundation_models(self) -> ActionResult:
        summaries = [self._model(model) for model in bedrock_models()]
        wanted = self._get_param("byProvider")
        return ActionResult(
            {"modelSummaries": [s for s in summaries if wanted is None or s["providerName"] == wanted]}
        )

    def get_foundation_model(self) -> ActionResult:
        model_id = self._get_param("modelIdentifier").rpartition("/")[2]
        for model in bedrock_models():
            if model.bedrock_id == model_id:
                return ActionResult({"modelDetails": self._model(model)})
        raise AwsError(
            "ResourceNotFoundException", f"Could not resolve the foundation model from {model_id}."
        )

    def list_inference_profiles(self) -> ActionResult:
        # The sandbox has no application profiles: every profile is system-defined.
        system_defined = self._get_param("typeEquals", "SYSTEM_DEFINED") == "SYSTEM_DEFINED"
        return ActionResult({"inferenceProfileSummaries": list(self._profiles()) if system_defined else []})

    def get_inference_profile(self) -> ActionResult:
        identifier = self._get_param("inferenceProfileIdentifier")
        for profile in self._profiles():
            if identifier in (profile["inferenceProfileId"], profile["inferenceProfileArn"]):
                return ActionResult(profile)
        raise AwsError("ResourceNotFoundException", f"Inference profile {identifier} not found.")

    def create_guardrail(self) -> ActionResult:
        if any(g["DRAFT"]["name"] == self._get_param("name") for g in self._guardrails().values()):
            raise AwsError("ConflictException", "Another guardrail in your account already has this name.")
        guardrail_id = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(12))
        arn = f"arn:{self.partition}:bedrock:{self.region}:{self.current_account}:guardrail/{guardrail_id}"
        now = datetime.now(UTC)
        draft = {"guardrailId": guardrail_id, "guardrailArn": arn, "version": "DRAFT", "status": "READY"}
        draft |= {"createdAt": now, "updatedAt": now} | self._definition()
        self._guardrails()[guardrail_id] = {"DRAFT": draft}
        self._tag(arn, self._get_param("tags", []))
        return ActionResult(draft)

    def update_guardrail(self) -> ActionResult:
        guardrail = self._guardrail()
        kept = ("guardrailId", "guardrailArn", "version", "status", "createdAt")
        draft = {key: guardrail["DRAFT"][key] for key in kept} | {"updatedAt": datetime.now(UTC)}
        guardrail["DRAFT"] = draft | self._definition()
        return ActionResult(guardrail["DRAFT"])

    def get_guardrail(self) -> ActionResult:
        return ActionResult(self._version(self._guardrail(), self._get_param("guardrailVersion", "DRAFT")))

    def list_guardrails(self) -> ActionResult:
        """List the drafts of all guardrails, or every version of the requested one."""
        if self._get_param("guardrailIdentifier"):
            found = list(self._guardrail().values())
        else:
            found = [guardrail["DRAFT"] for guardrail in self._guardrails().values()]
        return ActionResult(
            {"guardrails": [g | {"id": g["guardrailId"], "arn": g["guardrailArn"]} for g in found]}
        )

    def create_guardrail_version(self) -> ActionResult:
        guardrail = self._guardrail()
        number = str(max((int(v) for v in guardrail if v != "DRAFT"), default=0) + 1)
        version = guardrail["DRAFT"] | {"version": number}
        if description := self._get_param("description"):
            version["description"] = description
        guardrail[number] = version
        return ActionResult(version)

    def delete_guardrail(self) -> ActionResult:
        """Delete one version, or the guardrail with all its versions."""
        guardrail = self._guardrail()
        version = self._get_param("guardrailVersion")
        if version is None:
            del self._guardrails()[guardrail["DRAFT"]["guardrailId"]]
            self.bedrock_backend.tagger.delete_all_tags_for_resource(guardrail["DRAFT"]["guardrailArn"])
        else:
            self._version(guardrail, version)
            del guardrail[version]
        return ActionResult({})

    def tag_resource(self) -> None:
        arn = self._get_param("resourceARN")
        if not self._is_guardrail(arn):
            return super().tag_resource()
        return self._tag(arn, self._get_param("tags"))

    def untag_resource(self) -> str:
        arn = self._get_param("resourceARN")
        if not self._is_guardrail(arn):
            return super().untag_resource()
        self.bedrock_backend.tagger.untag_resource_using_names(arn, self._get_param("tagKeys"))
        return "{}"

    def list_tags_for_resource(self) -> str:
        arn = self._get_param("resourceARN")
        if not self._is_guardrail(arn):
            return super().list_tags_for_resource()
        tags = self.bedrock_backend.tagger.get_tag_dict_for_resource(arn)
        return json.dumps({"tags": [{"key": key, "value": value} for key, value in tags.items()]})

    def _model(self, model: catalogue.Model) -> dict[str, Any]:
        legacy = model.lifecycle(datetime.now(UTC).date()) is not catalogue.Lifecycle.ACTIVE
        lifecycle = {"status": "LEGACY" if legacy else "ACTIVE"}
        dates = {"legacyTime": model.legacy, "endOfLifeTime": model.end_of_life}
        return {
            "modelArn": arns.foundation_model(self.region, str(model.bedrock_id)),
            "modelId": model.bedrock_id,
            "modelName": model.name,
            "providerName": "Anthropic",
            "inputModalities": ["TEXT", "IMAGE"],
            "outputModalities": ["TEXT"],
            "responseStreamingSupported": True,
            "customizationsSupported": [],
            "inferenceTypesSupported": ["INFERENCE_PROFILE"],
            "modelLifecycle": lifecycle | {key: midnight(day) for key, day in dates.items() if day},
        }

    def _profiles(self) -> Iterator[dict[str, Any]]:
        """Yield the system-defined profiles that can be called from this region."""
        for model in bedrock_models():
            for geography in model.profiles:
                destinations = model.destinations(geography, self.region)
                if not destinations:
                    continue
                profile_id = catalogue.profile_id(geography, str(model.bedrock_id))
                yield {
                    "inferenceProfileId": profile_id,
                    "inferenceProfileArn": arns.inference_profile(
                        self.region, self.current_account, profile_id
                    ),
                    "inferenceProfileName": f"{geography.upper()} {model.name}",
                    "models": [
                        {"modelArn": arns.foundation_model(region, str(model.bedrock_id))}
                        for region in destinations
                    ],
                    "status": "ACTIVE",
                    "type": "SYSTEM_DEFINED",
                }

    def _guardrails(self) -> dict[str, Guardrail]:
        """Return the guardrails of this account and region, kept in moto's backend to be reset with it."""
        guardrails: dict[str, Guardrail] = self.bedrock_backend.__dict__.setdefault("guardrails", {})
        return guardrails

    def _guardrail(self) -> Guardrail:
        identifier = self._get_param("guardrailIdentifier")
        for guardrail in self._guardrails().values():
            if identifier in (guardrail["DRAFT"]["guardrailId"], guardrail["DRAFT"]["guardrailArn"]):
                return guardrail
        raise AwsError("ResourceNotFoundException", f"The guardrail {identifier} was not found.")

    def _version(self, guardrail: Guardrail, version: str) -> dict[str, Any]:
        if version not in guardrail:
            name = guardrail["DRAFT"]["guardrailId"]
            raise AwsError(
                "ResourceNotFoundException", f"Version {version} of guardrail {name} was not found."
            )
        return guardrail[version]

    def _definition(self) -> dict[str, Any]:
        """Return the request in GetGuardrail's shape, whose names lack the suffix `Config`."""
        params = dict(self.params)
        for key in ("guardrailIdentifier", "tags", "clientRequestToken"):
            params.pop(key, None)
        cross_region, key_id = params.pop("crossRegionConfig", None), params.pop("kmsKeyId", None)
        definition = {key.removesuffix("Config"): without_config(value) for key, value in params.items()}
        owner = f"{self.region}:{self.current_account}"
        if cross_region:
            name = cross_region["guardrailProfileIdentifier"].rpartition("/")[2]
            arn = f"arn:{self.partition}:bedrock:{owner}:guardrail-profile/{name}"
            definition["crossRegionDetails"] = {"guardrailProfileId": name, "guardrailProfileArn": arn}
        if key_id:
            is_arn = key_id.startswith("arn:")
            definition["kmsKeyArn"] = key_id if is_arn else f"arn:{self.partition}:kms:{owner}:key/{key_id}"
        return definition

    def _is_guardrail(self, arn: str) -> bool:
        return any(arn == guardrail["DRAFT"]["guardrailArn"] for guardrail in self._guardrails().values())

    def _tag(self, arn: str, tags: list[dict[str, str]]) -> None:
        as_moto = [{"Key": tag["key"], "Value": tag["value"]} for tag in tags]
        self.bedrock_backend.tagger.tag_resource(arn, as_moto)


def without_config(policy: Any) -> Any:
    if not isinstance(policy, dict):
        return policy
    return {key.removesuffix("Config"): value for key, value in policy.items()}


def bedrock_models() -> list[catalogue.Model]:
    return [model for model in catalogue.all_models() if model.bedrock_id]


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
