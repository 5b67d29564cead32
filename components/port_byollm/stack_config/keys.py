"""What an argument of a component is called in a stack's configuration, for errors to name it so."""

from pydantic.alias_generators import to_camel

# An argument -> the key within its section, where that is not the same in camel case.
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
# Keys that are no section's.
_TOP_KEYS = {
    "account_id": "byollm:target.awsAccountId",
    "port_region": "byollm:dataResidency",
    "region": "aws:region",
}


def key(section: str, argument: str) -> str:
    """`key("bedrock", "role_name")` is `byollm:bedrock.role.name`; what is a whole key already stays so."""
    if ":" in argument:
        return argument
    return _TOP_KEYS.get(argument) or f"byollm:{section}.{_KEYS.get(argument) or to_camel(argument)}"
