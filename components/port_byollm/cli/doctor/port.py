"""The checks of Port's side, a function each. They change nothing and read no secret's value."""

import os
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from port_byollm import names
from port_byollm.cli.doctor.finding import Finding, ok, problem, unknown
from port_byollm.cli.stack.plan import Plan
from port_byollm.client.errors import PortError
from port_byollm.client.port import PortClient

_CREDENTIALS = "Port credentials"
_PERMISSION = "Port permission"
_SECRETS = "secrets of Port"


async def check_port(plan: Plan, port: PortClient) -> AsyncIterator[Finding]:
    """Run every check of Port's side."""
    try:
        organization = await port.organization.get()
    except PortError as error:
        yield problem(_CREDENTIALS, str(error), "fix that first")
        yield unknown("everything else of Port", "was not checked", "run this again once that is fixed")
        return
    wanted = plan.asked.target.port_organization if plan.asked.target else None
    if wanted and not organization.is_called(wanted):
        yield problem(
            _CREDENTIALS,
            f"of the organization {organization.name}, and byollm:target.portOrganization is {wanted}",
            "use credentials of the target organization",
        )
    else:
        yield ok(_CREDENTIALS, f"of the organization {organization.name}")
    for check, subject in (
        (_permission, _PERMISSION),
        (_registered_secrets, _SECRETS),
        (_configured_secrets, _SECRETS),
    ):
        async for finding in _asked(subject, check, plan, port):
            yield finding


async def _asked(
    subject: str, check: Callable[[Plan, PortClient], AsyncIterator[Finding]], plan: Plan, port: PortClient
) -> AsyncIterator[Finding]:
    """Yield the findings of `check`; an error from Port becomes an unknown finding."""
    try:
        async for finding in check(plan, port):
            yield finding
    except PortError as error:
        yield unknown(subject, str(error), "run this again once that is fixed")


async def _permission(plan: Plan, port: PortClient) -> AsyncIterator[Finding]:
    if await port.organization.is_managed_by_caller():
        yield ok(_PERMISSION, "the credentials are an administrator's")
    else:
        yield problem(
            _PERMISSION,
            "the credentials are a member's, who may only read",
            "use an organization administrator's",
        )


async def _registered_secrets(plan: Plan, port: PortClient) -> AsyncIterator[Finding]:
    """Check the secrets that the registered providers name."""
    for provider in await port.llm_providers.all():
        for key, name in secret_names(provider.config):
            subject = f"secret of {provider.provider}"
            if await port.secrets.get(name) is None:
                yield problem(
                    subject,
                    f"the registration's {key} is {name}, which does not exist in Port",
                    f"create {name} in Port, or let an update register {provider.provider} again",
                )
            else:
                yield ok(subject, f"{key} {name} exists")


async def _configured_secrets(plan: Plan, port: PortClient) -> AsyncIterator[Finding]:
    """Check the sources of the API keys in the stack's configuration."""
    for provider, section in plan.asked.api_key_providers().items():
        subject = f"API key of {provider}"
        name = section.api_key_secret_name or names.api_key_secret(provider)
        if variable := section.api_key_env:
            if os.environ.get(variable):
                yield ok(subject, f"is in the environment as {variable}")
            else:
                yield problem(subject, f"the environment has no {variable}", f"set {variable}")
        elif section.api_key:
            yield ok(subject, "is in the stack's configuration")
        elif not section.api_key_aws_secret:
            if await port.secrets.get(name) is None:
                step = f"create it there, or set the source of the key in byollm:{provider}"
                yield problem(subject, f"Port has no secret {name}", step)
            else:
                yield ok(subject, f"Port has the secret {name}")


def secret_names(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(key, str(name)) for key, name in config.items() if key.endswith("SecretName") and name]
