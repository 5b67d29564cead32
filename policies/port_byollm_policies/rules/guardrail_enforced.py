from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from pulumi_policy import ResourceValidationArgs, Severity

from port_byollm.iam.candidates import GUARDRAIL_KEY, guardrail_arn
from port_byollm.iam.permissions import PROFILE_KEY, Permission, Permissions
from port_byollm.iam.witnesses import is_invented
from port_byollm_policies.registration import LLM_PROVIDER, config, is_bedrock
from port_byollm_policies.rule import Rule, Settings

rule = Rule(
    __name__,
    "Models can be invoked only with a guardrail, and Port's registration names it.",
    severity=Severity.HIGH,
    remediation="Require the guardrail with a condition on bedrock:GuardrailIdentifier in each statement "
    "that permits invoking; with our components, set `guardrail`.",
    link="https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-id.html",
    settings={
        "guardrails": {
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "description": "ARNs of the accepted guardrails, with * for any characters; if empty, any.",
        }
    },
    key="guardrail",
)


@rule.permissions
def demands_guardrail(permissions: Permissions, settings: Settings) -> Iterable[str]:
    models = [*_models(permissions)]
    if any(GUARDRAIL_KEY not in one.context for one in models):
        yield "permits invoking models without a guardrail"
    elif any(is_invented(guardrail_arn(one.context[GUARDRAIL_KEY])) for one in models):
        yield "permits invoking models with any guardrail that matches a pattern"
    else:
        named = {guardrail_arn(one.context[GUARDRAIL_KEY]) for one in models}
        yield from (f"accepts {one}, which `guardrails` does not list" for one in _refused(named, settings))


@rule.resources(LLM_PROVIDER)
def tells_port(registration: ResourceValidationArgs, settings: Settings) -> Iterable[str]:
    if is_bedrock(registration):
        guardrail = config(registration).get("guardrailIdentifier")
        if not guardrail:
            yield "config.guardrailIdentifier: missing, so Port invokes models without a guardrail"
        else:
            for one in _refused({guardrail}, settings):
                yield f"config.guardrailIdentifier: is {one}, which `guardrails` does not list"


def _models(permissions: Permissions) -> Iterator[Permission]:
    """Yield permissions to invoke models, except through profiles not permitted in the same context."""
    profiles = {one.resource for one in permissions.invocations if one.profile}
    for one in permissions.invocations:
        if one.profile:
            continue
        profile = one.context.get(PROFILE_KEY)
        context = {key: value for key, value in one.context.items() if key != PROFILE_KEY}
        if profile not in profiles or permissions.allows(one.action, profile, context):
            yield one


def _refused(guardrails: Iterable[str], settings: Settings) -> list[str]:
    accepted = settings["guardrails"] or ["*"]
    return sorted(one for one in guardrails if not any(fnmatchcase(one, pattern) for pattern in accepted))


policy = rule.policy
