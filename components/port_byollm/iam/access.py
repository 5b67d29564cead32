"""The access that documents grant, as facts that contain no secret.

The facts come from the evaluator's decisions on every request that the documents can distinguish. How a
document is written makes no difference.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import fnmatchcase
from typing import Self

from port_byollm.iam.admissions import STRANGER, Admission, Trust, everyone_in
from port_byollm.iam.candidates import GUARDRAIL_KEY
from port_byollm.iam.permissions import PROFILE_KEY, Permission, Permissions
from port_byollm.iam.witnesses import has_wildcard, is_invented, pattern_of

ANYWHERE = "any region"
ON = " on "
"""Separates action and resource in a fact's name."""


class Kind(Enum):
    """The subject of a fact. The values are keys in outputs that programs read."""

    PRINCIPAL = "principals"
    OPEN = "withoutExternalId"
    MODEL = "models"
    PROFILE = "profiles"
    DIRECT = "withoutProfile"
    UNGUARDED = "withoutGuardrail"
    GUARDRAIL = "guardrails"
    ACTION = "otherActions"


@dataclass(frozen=True)
class Fact:
    """One thing that documents permit. `where` is a region, or empty if regions make no difference."""

    kind: Kind
    name: str
    where: str = ""


@dataclass(frozen=True)
class Access:
    """Everything that documents permit, as far as the evaluated requests show."""

    facts: frozenset[Fact]
    requests: Mapping[object, frozenset[Fact]] = field(repr=False)
    """Allowed request -> the facts that it shows. Contains external IDs."""
    external_ids: frozenset[str] = field(default=frozenset(), repr=False)

    @classmethod
    def by_trust(cls, document: str, beside: Sequence[str] = ()) -> Self:
        """Return the access that a role's trust policy (a JSON text) grants.

        `beside` is as in `Trust`. Raises Undecidable if IAM would refuse the document.
        """
        trust = Trust(document, beside)
        chosen = trust.written_external_ids
        requests: dict[object, frozenset[Fact]] = {
            # Which external ID is sent makes no difference, only whether it is one that somebody chose.
            (admission.principal, admission.otherwise, admission.external_id in chosen): frozenset(
                _admitted(admission, chosen)
            )
            for admission in trust.admissions
        }
        others = frozenset(Fact(Kind.PRINCIPAL, name) for name in trust.others)
        others |= {Fact(Kind.ACTION, action) for action in trust.other_actions}
        accepted = {one.external_id for one in trust.admissions if one.external_id in chosen}
        facts = others.union(*requests.values())
        return cls(facts, requests, frozenset(filter(None, accepted)))

    @classmethod
    def by_policies(
        cls, documents: Sequence[str], boundary: str | None = None, beside: Sequence[str] = ()
    ) -> Self:
        """Return the access that an identity's policies (JSON texts) grant within its boundary.

        `beside` is as in `Permissions`. Raises Undecidable if IAM would refuse a document.
        """
        permitted = Permissions(documents, boundary=boundary, beside=beside).all
        requests: dict[object, frozenset[Fact]] = {
            (one.action, one.resource, *sorted(one.context.items())): frozenset(_permitted(one))
            for one in permitted
        }
        return cls(frozenset().union(*requests.values()), requests)

    def to_dict(self) -> dict[str, dict[str, str]]:
        """Return kind -> name -> regions or `yes`, sorted, so that diffs are per property."""
        facts: dict[str, dict[str, str]] = {}
        for (kind, name), regions in sorted(by_name(self.facts).items(), key=lambda item: item[0][1]):
            facts.setdefault(kind.value, {})[name] = ", ".join(sorted(regions)) or "yes"
        return facts


def _admitted(admission: Admission, chosen: frozenset[str]) -> Iterator[Fact]:
    name = _principal(admission.principal)
    yield Fact(Kind.PRINCIPAL, name)
    if admission.external_id not in chosen:
        yield Fact(Kind.OPEN, name)


def _principal(arn: str) -> str:
    if arn == STRANGER:
        return "anyone of any account"
    account = arn.split(":")[4]
    return f"anyone of account {account}" if arn == everyone_in(account) else pattern_of(arn)


def _permitted(permission: Permission) -> Iterator[Fact]:
    if not permission.invokes:
        resource = pattern_of(permission.resource)
        yield Fact(Kind.ACTION, f"{permission.action}{ON}{resource}")
        return
    region = ANYWHERE if is_invented(permission.arn.region) else permission.arn.region or "unspecified"
    model, profile, context = permission.model, permission.profile, permission.context
    if model is not None:
        name = pattern_of(model)
        yield Fact(Kind.MODEL, name, region)
        if PROFILE_KEY not in context:
            yield Fact(Kind.DIRECT, name, region)
    elif profile is not None:
        name = pattern_of(profile)
        yield Fact(Kind.PROFILE, name, region)
    else:
        name = pattern_of(permission.resource)
        yield Fact(Kind.ACTION, f"{permission.action}{ON}{name}")
    guardrail = context.get(GUARDRAIL_KEY)
    if guardrail is None or is_invented(guardrail):
        yield Fact(Kind.UNGUARDED, name)
    else:
        yield Fact(Kind.GUARDRAIL, guardrail)


def by_name(facts: Iterable[Fact]) -> dict[tuple[Kind, str], set[str]]:
    """Group regions by kind and name, and leave out each name that a pattern among the names covers."""
    grouped: dict[tuple[Kind, str], set[str]] = {}
    for fact in facts:
        grouped.setdefault((fact.kind, fact.name), set()).add(fact.where)
    patterns = [(key, regions) for key, regions in grouped.items() if has_wildcard(key[1])]
    return {
        (kind, name): regions
        for (kind, name), regions in grouped.items()
        if not any(
            kind is wide and name != pattern and fnmatchcase(name, pattern) and regions <= everywhere
            for (wide, pattern), everywhere in patterns
        )
    }
