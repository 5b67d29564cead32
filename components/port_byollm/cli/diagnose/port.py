"""Port's part of a request's path, a function for each step. Only `test` makes Port write anything."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from port_byollm.cli.diagnose.diagnosis import TEST
from port_byollm.cli.diagnose.finding import Side, fault
from port_byollm.cli.doctor.finding import Finding, ok, unknown
from port_byollm.cli.doctor.port import secret_names
from port_byollm.cli.stack.state import State
from port_byollm.cli.stack.target import check_organization
from port_byollm.cli.status.request import Request
from port_byollm.client.errors import (
    AuthFailed,
    Forbidden,
    ModelTestFailed,
    PortError,
    RateLimited,
    ServerFailed,
    UnexpectedAnswer,
)
from port_byollm.client.port import PortClient
from port_byollm.client.wire import InvocationQuota, LlmDefaults, LlmProvider

_BEDROCK, _PORTS_OWN = "bedrock", "port"
# Substrings of Bedrock's errors, which Port passes on.
# https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html
_OF_AWS = (
    "Throttling",
    "TooManyRequests",
    "ServiceQuotaExceeded",
    "ServiceUnavailable",
    "InternalServer",
    "ModelNotReady",
    "ModelTimeout",
    "ModelError",
)
_OF_OURS = (
    "AccessDenied",
    "UnrecognizedClient",
    "InvalidClientTokenId",
    "InvalidSignature",
    "ExpiredToken",
    "not authorized",
    "API key",
)


async def walk(port: PortClient, state: State, config: Mapping[str, Any], up: str) -> AsyncIterator[Finding]:
    """Check every step at Port, until Port does not answer.

    `config` is the stack's configuration, `up` the command that repairs the stack. Raises ConfigError if the
    credentials are for another organization than the stack's.
    """
    step = "token"
    try:
        organization = await check_organization(port, config)
        yield ok(step, f"Port accepts the credentials, of the organization {organization.name}")
        step = "quota"
        defaults = await port.llm_providers.get_defaults()
        yield _quota(await port.quota.ai_invocations(), defaults)
        step = "provider"
        registered = {each.provider: each for each in await port.llm_providers.all()}
        for name in sorted(state.providers()):
            yield _provider(name, registered.get(name), up)
        step = "model"
        yield _default(Request.of(defaults, [*registered.values()]), up)
        mine = [registered[name] for name in sorted(state.providers() & registered.keys())]
        for provider in mine:
            yield _models(provider, state, up)
        step = "secret"
        for provider in mine:
            async for finding in _secrets(port, provider, state, up):
                yield finding
    except PortError as error:
        yield _blamed(step, error)


async def test(port: PortClient, state: State, config: Mapping[str, Any]) -> AsyncIterator[Finding]:
    """Have Port test each enabled registration of the stack. Raises like `walk`."""
    try:
        await check_organization(port, config)
        for provider in await port.llm_providers.all():
            if provider.enabled and provider.provider in state.providers():
                yield await _test(port, provider)
    except PortError as error:
        yield _blamed(TEST, error)


def provider_subject(name: str) -> str:
    """Return the subject of the finding about a provider's registration."""
    return f"provider {name}"


def _quota(quota: InvocationQuota, defaults: LlmDefaults) -> Finding:
    """Port limits only requests to its own models (Port, "API Interaction", "Monthly Quota")."""
    used = (
        f"{quota.remaining_quota} of {quota.monthly_limit} invocations of Port's own models are left in "
        f"{quota.month}"
    )
    if quota.remaining_quota <= 0 and defaults.provider == _PORTS_OWN:
        return fault(
            Side.PORT,
            "quota",
            f"{used}, and a request that names no provider goes to them",
            "make a provider of your own the default (byollm:defaults), which Port does not limit, or ask "
            "Port for a higher quota",
        )
    return ok("quota", f"{used}; your own providers are not limited")


def _provider(name: str, found: LlmProvider | None, up: str) -> Finding:
    subject = provider_subject(name)
    if found is None:
        return fault(Side.OURS, subject, "is no longer registered in Port", f"`{up} --refresh`")
    if not found.enabled:
        return fault(Side.OURS, subject, "is disabled in Port", f"`{up} --refresh`, or enable it there")
    return ok(subject, "is registered and enabled")


def _default(request: Request, up: str) -> Finding:
    gets = f"a request that names none gets {request.model} of {request.provider}"
    if request.problem:
        return fault(Side.OURS, "model", f"{gets}, and fails: {request.problem}", f"`{up} --refresh`")
    return ok("model", gets)


def _models(provider: LlmProvider, state: State, up: str) -> Finding:
    subject = f"model of {provider.provider}"
    missing = sorted(state.models(provider.provider) - {*provider.effective_models})
    if missing:
        return fault(Side.OURS, subject, f"no longer enabled: {', '.join(missing)}", f"`{up} --refresh`")
    return ok(subject, f"enabled: {', '.join(provider.effective_models)}")


async def _secrets(port: PortClient, provider: LlmProvider, state: State, up: str) -> AsyncIterator[Finding]:
    """Compare when each secret was last changed with when the stack set it: Port never reveals a value."""
    for key, name in secret_names(provider.config):
        subject = f"secret of {provider.provider}"
        in_port, in_state = await port.secrets.get(name), state.secrets().get(name)
        if in_port is None:
            yield fault(Side.OURS, subject, f"{key} is {name}, which Port does not have", f"`{up} --refresh`")
        elif in_state is None:
            yield unknown(
                subject, f"the stack does not manage {name}, so its value is not known here", "ask its owner"
            )
        elif in_port.updated_at != in_state:
            yield fault(
                Side.OURS,
                subject,
                f"{name} was changed in Port at {in_port.updated_at}, after the stack set it ({in_state}): "
                "Port may send another value",
                f"`{up} --refresh` sets it again",
            )
        else:
            yield ok(subject, f"{name} is as the stack set it at {in_state}")


async def _test(port: PortClient, provider: LlmProvider) -> Finding:
    """Save a registration unchanged: Port tests it only then."""
    subject = f"{TEST} of {provider.provider}"
    models = {name: model.enabled for name, model in provider.models.items()}
    try:
        await port.llm_providers.update(
            provider.provider,
            provider.config,
            enabled=provider.enabled,
            models=models,
            validate_connection=True,
        )
    except ModelTestFailed as error:
        reason = "; ".join(error.failures) or error.said
        if provider.provider == _BEDROCK and any(name in reason for name in _OF_AWS):
            return fault(Side.AWS, subject, reason, "wait, or ask AWS for a higher quota of these models")
        if any(name in reason for name in _OF_OURS):
            return fault(
                Side.OURS, subject, reason, "fix what it names; `port-byollm verify` shows the details"
            )
        return unknown(subject, reason, "look up the provider's message")
    return ok(subject, f"Port has just called each model: {', '.join(provider.effective_models)}")


def _blamed(subject: str, error: PortError) -> Finding:
    match error:
        case ServerFailed() | RateLimited():
            return fault(Side.PORT, subject, str(error), "see https://status.port.io, and run again")
        case UnexpectedAnswer() if error.status >= 500:
            return fault(Side.PORT, subject, str(error), "see https://status.port.io, and run again")
        case AuthFailed() | Forbidden() | UnexpectedAnswer():
            return fault(Side.OURS, subject, str(error), "fix the credentials or the address")
        case _:
            return unknown(subject, str(error), "see https://status.port.io and your network, and run again")
