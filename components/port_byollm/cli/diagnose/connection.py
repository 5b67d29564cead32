"""IAM's part of a request's path, as deployed: trust, permissions and the permissions boundary."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from port_byollm.cli.diagnose.finding import Side, fault
from port_byollm.cli.doctor.finding import Finding, ok, unknown
from port_byollm.cli.verify.evidence import Evidence
from port_byollm.iam.documents import as_list
from port_byollm.iam.revocation import is_closed
from port_byollm.proof import Claim, Group, Unknown, prove

_GONE = re.compile(r"A(?:ROA|IDA)[0-9A-Z]+")
"""A unique id: IAM shows it in place of a deleted principal's ARN, even if that has been recreated.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
"""


def walk(evidence: Evidence, up: str) -> Iterator[Finding]:
    """Check every step in IAM; `up` is the command that repairs the stack."""
    bounded = evidence.subject((), ())
    unbounded = prove(replace(bounded, boundary=None)).claims
    yield _trust(evidence, unbounded, up)
    yield _permitted("permissions", unbounded, f"`{up} --refresh`")
    if bounded.boundary is None:
        yield ok("boundary", "there is none")
    else:
        step = f"change what {bounded.boundary.name} permits, together with its owner"
        yield _permitted("boundary", prove(bounded).claims, step)


def _trust(evidence: Evidence, claims: Iterable[Claim], up: str) -> Finding:
    identity, trust = evidence.identity, evidence.identity.trust_policy
    if trust is None:
        return _keys(evidence, up)
    if not isinstance(trust, Unknown):
        if is_closed(trust):
            step = f"`{up}` undoes it; if it does not, run `port-byollm revoke` first"
            return fault(Side.OURS, "trust", f"{identity.arn} was revoked: nobody may assume it", step)
        if gone := sorted(set(_GONE.findall(str(_principals(trust))))):
            return fault(
                Side.OURS,
                "trust",
                f"{identity.arn} trusts {', '.join(gone)}: a deleted principal; to IAM, one recreated "
                "under the same name is another principal",
                f"`{up} --refresh` writes the trust policy again",
            )
    # Port no longer sends the external IDs from before the last rotation.
    relevant = [
        claim
        for claim in claims
        if claim.group is Group.ASSUME and not claim.external_id.startswith("previous")
    ]
    return _decided("trust", relevant, f"`{up} --refresh`", "Port's gateway may assume the role")


def _keys(evidence: Evidence, up: str) -> Finding:
    if evidence.aws is None or isinstance(evidence.identity.arn, Unknown):
        return unknown("trust", "AWS cannot be asked about the access keys", "fix the AWS credentials")
    keys = evidence.aws.access_keys(evidence.identity.arn.rpartition("/")[2])
    if isinstance(keys, Unknown):
        return unknown("trust", keys.reason, "allow it to these credentials, or ask somebody who has it")
    if "Active" not in keys.values():
        inactive = ", ".join(keys) or "there is none"
        return fault(Side.OURS, "trust", f"no access key is active ({inactive})", f"`{up} --refresh`")
    return ok("trust", f"{evidence.identity.arn} has an active access key")


def _permitted(subject: str, claims: Iterable[Claim], next_step: str) -> Finding:
    invocations = [claim for claim in claims if claim.group is Group.INVOKE]
    well = "every enabled model may be called, wherever it is routed to"
    return _decided(subject, invocations, next_step, well)


def _decided(subject: str, claims: list[Claim], next_step: str, well: str) -> Finding:
    failing = [claim for claim in claims if claim.holds is False]
    undecided = [claim for claim in claims if claim.holds is None]
    if failing:
        more = f" (and {len(failing) - 1} more)" if len(failing) > 1 else ""
        return fault(Side.OURS, subject, f"{failing[0].reason}{more}", next_step)
    if undecided:
        return unknown(
            subject, undecided[0].reason, "allow it to these credentials, or ask somebody who has it"
        )
    return ok(subject, well)


def _principals(trust: Mapping[str, Any]) -> list[Any]:
    statements = as_list(trust.get("Statement"))
    return [one.get("Principal") for one in statements if isinstance(one, Mapping)]
