"""IAM's part of a request's way, as it is deployed: who signs in, what is permitted, what bounds it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from port_byollm.cli.diagnose.finding import Side, fault
from port_byollm.cli.doctor.finding import Finding, ok, unknown
from port_byollm.cli.verify.evidence import Evidence
from port_byollm.iam.revocation import is_closed
from port_byollm.proof import Claim, Group, Unknown, prove

_GONE = re.compile(r"A(?:ROA|IDA)[0-9A-Z]+")
"""A unique id, which IAM shows in place of the ARN of a principal that was deleted, even if made anew.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
"""


def walk(evidence: Evidence, up: str) -> Iterator[Finding]:
    """Every step in IAM; `up` is the command that mends the stack."""
    bounded = evidence.subject((), ())
    unbounded = prove(replace(bounded, boundary=None)).claims
    yield _trust(evidence, unbounded, up)
    yield _permitted("permissions", unbounded, f"`{up} --refresh`")
    if bounded.boundary is None:
        yield ok("boundary", "there is none")
    else:
        step = f"change what {bounded.boundary.name} permits, with whoever owns it"
        yield _permitted("boundary", prove(bounded).claims, step)


def _trust(evidence: Evidence, claims: Iterable[Claim], up: str) -> Finding:
    identity, trust = evidence.identity, evidence.identity.trust_policy
    if trust is None:
        return _keys(evidence, up)
    if not isinstance(trust, Unknown):
        if is_closed(trust):
            step = f"`{up}` opens it again; `port-byollm revoke` first, if an `up` leaves it as it is"
            return fault(Side.OURS, "trust", f"{identity.arn} was revoked: nobody may assume it", step)
        if gone := sorted(set(_GONE.findall(str(_principals(trust))))):
            return fault(
                Side.OURS,
                "trust",
                f"{identity.arn} trusts {', '.join(gone)}: a principal that was deleted, and perhaps made "
                "anew under its name, which is another one to IAM",
                f"`{up} --refresh` writes the trust policy again",
            )
    # Those from before the last rotation are nothing that Port sends.
    asked = [
        one for one in claims if one.group is Group.ASSUME and not one.external_id.startswith("previous")
    ]
    return _decided("trust", asked, f"`{up} --refresh`", "Port's gateway may assume the role")


def _keys(evidence: Evidence, up: str) -> Finding:
    if evidence.aws is None or isinstance(evidence.identity.arn, Unknown):
        return unknown("trust", "AWS is not to be asked about the access keys", "mend the AWS credentials")
    found = evidence.aws.access_keys(evidence.identity.arn.rpartition("/")[2])
    if isinstance(found, Unknown):
        return unknown("trust", found.reason, "allow it to these credentials, or ask somebody who has it")
    if "Active" not in found.values():
        keys = ", ".join(found) or "there is none"
        return fault(Side.OURS, "trust", f"no access key is active ({keys})", f"`{up} --refresh`")
    return ok("trust", f"{evidence.identity.arn} has an active access key")


def _permitted(subject: str, claims: Iterable[Claim], next_step: str) -> Finding:
    asked = [one for one in claims if one.group is Group.INVOKE]
    return _decided(subject, asked, next_step, "every enabled model may be called, wherever it is routed to")


def _decided(subject: str, claims: list[Claim], next_step: str, well: str) -> Finding:
    failing = [one for one in claims if one.holds is False]
    undecided = [one for one in claims if one.holds is None]
    if failing:
        more = f" (and {len(failing) - 1} more)" if len(failing) > 1 else ""
        return fault(Side.OURS, subject, f"{failing[0].reason}{more}", next_step)
    if undecided:
        return unknown(subject, undecided[0].reason, "allow it to these credentials, or ask who may see it")
    return ok(subject, well)


def _principals(trust: Mapping[str, Any]) -> list[Any]:
    statements = trust.get("Statement")
    listed = statements if isinstance(statements, list) else [statements]
    return [one.get("Principal") for one in listed if isinstance(one, Mapping)]
