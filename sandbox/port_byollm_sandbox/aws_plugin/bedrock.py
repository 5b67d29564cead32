"""`aws:bedrock/…` (https://www.pulumi.com/registry/packages/aws/api-docs/bedrock/)."""

import base64
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from port_byollm.plugin.serving import PluginError
from port_byollm_sandbox.aws_plugin.documents import are_equivalent
from port_byollm_sandbox.aws_plugin.resource import Created, Properties, ResourceType, tag_changes
from port_byollm_sandbox.aws_plugin.session import NAME, Aws

CHANGED_FORM = (
    "formData: this account has submitted another use-case form, which cannot be changed; set it to the "
    "output of `aws bedrock get-use-case-for-model-access`"
)

POLICIES = (
    "contentPolicyConfig",
    "contextualGroundingPolicyConfig",
    "sensitiveInformationPolicyConfig",
    "topicPolicyConfig",
    "wordPolicyConfig",
)


class Guardrail(ResourceType):
    pulumi_type = "aws:bedrock/guardrail:Guardrail"
    required = ("blockedInputMessaging", "blockedOutputsMessaging")
    optional: ClassVar = {
        "name": None,
        "description": "",
        "kmsKeyArn": "",
        "crossRegionConfig": {},
        **{policy: {} for policy in POLICIES},
        "region": None,
        "tags": {},
    }
    replaced_by = frozenset({"region"})
    computed = ("createdAt", "guardrailArn", "guardrailId", "status", "updatedAt", "version")
    name_length = 50

    def create(self, aws: Aws, inputs: Properties) -> Created:
        tags = [{"key": key, "value": value} for key, value in inputs["tagsAll"].items()]
        created = self._bedrock(aws, inputs).create_guardrail(**request(inputs), tags=tags)
        return Created(f"{created['guardrailId']},DRAFT")

    def read(self, aws: Aws, resource_id: str, state: Properties) -> dict[str, Any] | None:
        bedrock = self._bedrock(aws, state)
        found = bedrock.get_guardrail(guardrailIdentifier=resource_id.partition(",")[0])
        tags = bedrock.list_tags_for_resource(resourceARN=found["guardrailArn"])["tags"]
        cross_region = found.get("crossRegionDetails", {}).get("guardrailProfileArn")
        return {
            **{key: found[key] for key in ("name", "guardrailArn", "guardrailId", "status", "version")},
            **{key: found[key].isoformat() for key in ("createdAt", "updatedAt")},
            **{key: found[key] for key in self.required},
            "description": found.get("description", ""),
            "kmsKeyArn": found.get("kmsKeyArn", ""),
            "crossRegionConfig": {"guardrailProfileIdentifier": cross_region} if cross_region else {},
            **{key: from_policy(found.get(key.removesuffix("Config"), {})) for key in POLICIES},
            "region": found["guardrailArn"].split(":")[3],
            "tags": {tag["key"]: tag["value"] for tag in tags},
        }

    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> None:
        bedrock = self._bedrock(aws, old)
        if set(self.changed(aws, old, new)) - {"tags", "tagsAll"}:
            bedrock.update_guardrail(guardrailIdentifier=old["guardrailId"], **request(new))
        changed, removed = tag_changes(old, new)
        if removed:
            bedrock.untag_resource(resourceARN=old["guardrailArn"], tagKeys=removed)
        if changed:
            tags = [{"key": key, "value": value} for key, value in changed.items()]
            bedrock.tag_resource(resourceARN=old["guardrailArn"], tags=tags)

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        self._bedrock(aws, state).delete_guardrail(guardrailIdentifier=resource_id.partition(",")[0])

    def _bedrock(self, aws: Aws, properties: Properties) -> Any:
        return aws.client("bedrock", properties.get("region"))


class GuardrailVersion(ResourceType):
    pulumi_type = "aws:bedrock/guardrailVersion:GuardrailVersion"
    required = ("guardrailArn",)
    optional: ClassVar = {"description": "", "skipDestroy": False, "region": None}
    replaced_by = frozenset({"guardrailArn", "description", "region"})
    computed = ("version",)

    def create(self, aws: Aws, inputs: Properties) -> Created:
        description = {"description": inputs["description"]} if inputs["description"] else {}
        arn = inputs["guardrailArn"]
        created = self._bedrock(aws, arn).create_guardrail_version(guardrailIdentifier=arn, **description)
        return Created(f"{arn},{created['version']}")

    def read(self, aws: Aws, resource_id: str, state: Properties) -> dict[str, Any] | None:
        arn, _, version = resource_id.partition(",")
        found = self._bedrock(aws, arn).get_guardrail(guardrailIdentifier=arn, guardrailVersion=version)
        outputs = {"guardrailArn": arn, "version": version, "region": arn.split(":")[3]}
        return outputs | {"description": found.get("description", "")}

    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> None:
        """Do nothing: only `skipDestroy` changes in place, which is not known to AWS."""

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        arn, _, version = resource_id.partition(",")
        if not state.get("skipDestroy"):
            self._bedrock(aws, arn).delete_guardrail(guardrailIdentifier=arn, guardrailVersion=version)

    def _bedrock(self, aws: Aws, arn: str) -> Any:
        return aws.client("bedrock", arn.split(":")[3])


class UseCaseForModelAccess(ResourceType):
    """The use-case form. It can be submitted once, and neither changed nor withdrawn."""

    pulumi_type = "aws:bedrock/useCaseForModelAccess:UseCaseForModelAccess"
    required = ("formData",)
    documents = frozenset({"formData"})

    def create(self, aws: Aws, inputs: Properties) -> Created:
        account = aws.identity["Account"]
        try:
            found = self._form(aws)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            aws.client("bedrock").put_use_case_for_model_access(formData=inputs["formData"].encode())
        else:
            # Like pulumi-aws, adopt an equal form: it cannot be submitted a second time.
            if not are_equivalent(found, inputs["formData"]):
                raise PluginError(f"{NAME}: {CHANGED_FORM}")
        return Created(self._id(account=account))

    def read(self, aws: Aws, resource_id: str, state: Properties) -> dict[str, Any] | None:
        return {"formData": self._form(aws)}

    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> None:
        raise PluginError(f"{NAME}: {CHANGED_FORM}")

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        """Do nothing: AWS keeps the form, which leaves only the state."""

    def _form(self, aws: Aws) -> str:
        return base64.b64decode(aws.client("bedrock").get_use_case_for_model_access()["formData"]).decode()


def request(inputs: Properties) -> dict[str, Any]:
    """Convert the inputs to the parameters of CreateGuardrail and UpdateGuardrail."""
    names = {"kmsKeyArn": "kmsKeyId"}
    plain = ("name", "description", "kmsKeyArn", "crossRegionConfig", *Guardrail.required)
    given = {names.get(key, key): inputs[key] for key in plain if inputs.get(key)}
    return given | {key: to_policy(inputs[key]) for key in POLICIES if inputs.get(key)}


def to_policy(policy: Properties) -> dict[str, Any]:
    """`filtersConfigs`, `tierConfigs` (a list of one) -> `filtersConfig`, `tierConfig`."""
    return {
        key.removesuffix("s"): value[0] if key == "tierConfigs" else value
        for key, value in policy.items()
        if value
    }


def from_policy(policy: Properties) -> dict[str, Any]:
    """`filters`, `tier` -> `filtersConfigs`, `tierConfigs`."""
    return {f"{key}Configs": [value] if key == "tier" else value for key, value in policy.items()}
