"""The configuration key of each component argument, for error messages."""

from pydantic.alias_generators import to_camel

# Argument -> key within its section, if that is not the argument in camelCase.
_KEYS = {
    "all_models": "models",
    "guardrail_arn": "guardrail.arn",
    "guardrail_version": "guardrail.version",
    "role_name": "role.name",
    "max_session_duration": "role.maxSessionDuration",
    "external_ids": "externalId",
    "external_id_rotation": "externalId.rotation",
    "external_id_keep_previous": "externalId.keepPrevious",
    "external_id_previous_until": "externalId.previousUntil",
    "external_id_secret_name": "externalId.secretName",
    "user_name": "accessKeys.userName",
    "access_key_rotation": "accessKeys.rotation",
    "access_key_id_secret_name": "accessKeys.accessKeyIdSecretName",
    "secret_access_key_secret_name": "accessKeys.secretAccessKeySecretName",
    "api_key_aws_secret_id": "apiKeyAwsSecret.id",
    "api_key_aws_secret_version_stage": "apiKeyAwsSecret.versionStage",
}
# Argument -> key outside the sections.
_TOP_KEYS = {
    "account_id": "byollm:target.awsAccountId",
    "port_region": "byollm:dataResidency",
    "region": "aws:region",
}


def key(section: str, argument: str) -> str:
    """Return an argument's full key: `byollm:bedrock.role.name` for `role_name`. Full keys are unchanged."""
    if ":" in argument:
        return argument
    return _TOP_KEYS.get(argument) or f"byollm:{section}.{_KEYS.get(argument) or to_camel(argument)}"
