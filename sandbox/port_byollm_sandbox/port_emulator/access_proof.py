"""The access proof of an organization's Bedrock: of what is registered here and of the documents in IAM."""

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
"""What the policies are held to, which no registration tells."""

Secrets = Mapping[str, str | None]
Config = wire.BedrockRoleConfig | wire.BedrockAccessKeysConfig


@dataclass(frozen=True)
class _Identity:
    """Who Port's gateway is in AWS, and all documents that decide what it may do."""

    who: Role | User
    policies: Sequence[iam_reader.Policy]
    boundary: iam_reader.Policy | None


async def access_proof(context: Context, organization: Organization, scope: Scope) -> Proof:
    """Raises PortError where there is nothing to prove, and ConfigError as `prove` does."""
    registered = context.store.llm_providers.get(organization.id, "bedrock")
    if registered is None:
        raise provider_not_found("bedrock")
    endpoint_url = context.aws_endpoint_url
    if endpoint_url is None:
        raise _nothing_to_prove("There is no AWS here; start the emulator with --aws-endpoint-url")
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
        # What else the role accepts may be from before a rotation: who knows is whoever rotated it.
        others = [value for value in external_ids_of(found.trust) if value != current]
        external_ids = (
            ExternalId("current", missing if current is None else current),
            *(ExternalId(f"accepted {number}", value) for number, value in enumerate(others, 1)),
        )
    role = Role(config.role_arn, found.trust, GATEWAY_PRINCIPALS, external_ids)
    return _Identity(role, found.identity, found.boundary)


def _user(config: wire.BedrockAccessKeysConfig, secrets: Secrets, endpoint_url: str) -> _Identity:
    """Raises NotSignedInError for keys that lead nowhere."""
    names = config.access_key_id_secret_name, config.secret_access_key_secret_name
    for name in names:
        if secrets[name] is None:
            raise _nothing_to_prove(f"Secret '{name}' does not exist in Port")
    key = bedrock_access_keys.AccessKey(secrets[names[0]] or "", secrets[names[1]] or "", *names)
    found = bedrock_access_keys.sign_in(key, config.region, endpoint_url)
    return _Identity(User(found.owner_arn), found.identity, found.boundary)


def _prove(identity: _Identity, target: bedrock.Target, names: Sequence[str], scope: Scope) -> Proof:
    # One proof has one geography: that which Port calls the first model in.
    models = [model for name in names if (model := find_model(name)) is not None]
    geographies = {model.name: target.geography(model) for model in models}
    geography = next((one for one in geographies.values() if one is not None), None)
    if geography is None:
        raise _nothing_to_prove(f"No model is enabled that has a profile in {target.region}")
    left_out = [name for name in names if geographies.get(name) != geography]
    assert not isinstance(identity.who.arn, Unknown)  # noqa: S101 - for the type checker: it is registered
    account = identity.who.arn.split(":")[4]
    guardrail = None
    if target.guardrail is not None:
        applied = target.guardrail.applied(target.region, account)
        guardrail = Guardrail(applied.arn, applied.version or "DRAFT")
    subject = Subject(
        target.region,
        account,
        geography,
        tuple(model for model in models if model.name not in left_out),
        identity.who,
        tuple(Policy(*one) for one in identity.policies),
        None if identity.boundary is None else Policy(*identity.boundary),
        guardrail,
        scope,
    )
    proof = prove(subject)
    notes = [f"{name}: Port calls no profile of {geography} for it in {target.region}." for name in left_out]
    return replace(proof, notes=(*notes, *proof.notes))


def _nothing_to_prove(why: str) -> PortError:
    return PortError(409, "nothing_to_prove", why)
