"""The access proof of an organization's Bedrock, from its registration and from the documents in IAM."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from botocore.exceptions import BotoCoreError, ClientError
from starlette.concurrency import run_in_threadpool

from port_byollm.catalogue import GATEWAY_PRINCIPALS, find_model
from port_byollm.iam.invoke_policy import Guardrail
from port_byollm.iam.trust_policy import external_ids_of
from port_byollm.proof import (
    ANY_EXTERNAL_ID,
    ExternalId,
    Policy,
    Proof,
    Role,
    Subject,
    Unknown,
    User,
    prove,
)
from port_byollm_sandbox.port_emulator import wire
from port_byollm_sandbox.port_emulator.context import Context
from port_byollm_sandbox.port_emulator.errors import PortError, provider_not_found
from port_byollm_sandbox.port_emulator.organizations import Organization
from port_byollm_sandbox.port_emulator.validation import bedrock, bedrock_access_keys, iam_reader

Scope = Literal["pinned", "documented"]
"""The scope that the policies are checked against; a registration does not contain it."""

Secrets = Mapping[str, str | None]
Config = wire.BedrockRoleConfig | wire.BedrockAccessKeysConfig


@dataclass(frozen=True)
class _Identity:
    """The identity of Port's gateway in AWS, and all documents that decide what it may do."""

    principal: Role | User
    policies: Sequence[iam_reader.Policy]
    boundary: iam_reader.Policy | None


async def access_proof(context: Context, organization: Organization, scope: Scope) -> Proof:
    """Prove the access. Raises PortError if there is nothing to prove, and ConfigError as `prove` does."""
    registered = context.store.llm_providers.get(organization.id, "bedrock")
    if registered is None:
        raise provider_not_found("bedrock")
    endpoint_url = context.aws_endpoint_url
    if endpoint_url is None:
        raise _nothing_to_prove("The emulator has no AWS; start it with --aws-endpoint-url")
    config = wire.parse_config("bedrock", registered.config)
    assert isinstance(config, Config)  # noqa: S101 - for the type checker: bedrock has these two
    secrets = {name: context.store.secrets.value(organization.id, name) for name in wire.secret_names(config)}
    models = [name for name, on in wire.effective_models("bedrock", registered.overrides).items() if on]
    target = bedrock.Target.parse(config, context.store.settings.get().inference_profiles)

    def read_and_prove() -> Proof:
        match config:
            case wire.BedrockRoleConfig():
                identity = _role(config, secrets, endpoint_url)
            case wire.BedrockAccessKeysConfig():
                identity = _user(config, secrets, endpoint_url)
        return _prove(identity, target, models, scope)

    try:
        return await run_in_threadpool(read_and_prove)
    except bedrock.NotSignedInError as error:
        raise _nothing_to_prove(str(error)) from None
    except (BotoCoreError, ClientError) as error:
        raise _nothing_to_prove(f"AWS did not answer at {endpoint_url} ({type(error).__name__})") from None


def _role(config: wire.BedrockRoleConfig, secrets: Secrets, endpoint_url: str) -> _Identity:
    found = iam_reader.read_role(config.role_arn, config.role_arn.split(":")[4], endpoint_url)
    if found is None:
        raise _nothing_to_prove(f"AWS has no role {config.role_arn}, and Port uses it")
    external_ids: tuple[ExternalId, ...] = (ANY_EXTERNAL_ID,)
    if (name := config.external_id_secret_name) is not None:
        current = secrets[name]
        missing = Unknown(f"there is no secret '{name}' in Port")
        # The other values may be from before a rotation, which only its author can tell.
        others = [value for value in external_ids_of(found.trust) if value != current]
        external_ids = (
            ExternalId("current", missing if current is None else current),
            *(ExternalId(f"accepted {number}", value) for number, value in enumerate(others, 1)),
        )
    role = Role(config.role_arn, found.trust, GATEWAY_PRINCIPALS, external_ids)
    return _Identity(role, found.identity, found.boundary)


def _user(config: wire.BedrockAccessKeysConfig, secrets: Secrets, endpoint_url: str) -> _Identity:
    """Return the user that the keys belong to. Raises NotSignedInError if AWS does not accept them."""
    names = config.access_key_id_secret_name, config.secret_access_key_secret_name
    for name in names:
        if secrets[name] is None:
            raise _nothing_to_prove(f"Secret '{name}' does not exist in Port")
    key = bedrock_access_keys.AccessKey(secrets[names[0]] or "", secrets[names[1]] or "", *names)
    found = bedrock_access_keys.sign_in(key, config.region, endpoint_url)
    return _Identity(User(found.owner_arn), found.identity, found.boundary)


def _prove(identity: _Identity, target: bedrock.Target, names: Sequence[str], scope: Scope) -> Proof:
    # A proof covers one geography: the one in which Port calls the first model.
    models = [model for name in names if (model := find_model(name)) is not None]
    geographies = {model.name: target.geography(model) for model in models}
    geography = next(filter(None, geographies.values()), None)
    if geography is None:
        raise _nothing_to_prove(f"No enabled model has a profile in {target.region}")
    left_out = [name for name in names if geographies.get(name) != geography]
    arn = identity.principal.arn
    assert not isinstance(arn, Unknown)  # noqa: S101 - for the type checker: it is registered
    account = arn.split(":")[4]
    guardrail = None
    if target.guardrail is not None:
        applied = target.guardrail.applied(target.region, account)
        guardrail = Guardrail(applied.arn, applied.version or "DRAFT")
    subject = Subject(
        target.region,
        account,
        geography,
        tuple(model for model in models if model.name not in left_out),
        identity.principal,
        tuple(Policy(*policy) for policy in identity.policies),
        None if identity.boundary is None else Policy(*identity.boundary),
        guardrail,
        scope,
    )
    proof = prove(subject)
    notes = [f"{name}: Port does not call it through {geography} in {target.region}." for name in left_out]
    return replace(proof, notes=(*notes, *proof.notes))


def _nothing_to_prove(why: str) -> PortError:
    return PortError(409, "nothing_to_prove", why)
