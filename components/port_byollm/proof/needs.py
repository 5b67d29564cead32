"""What a statement of the organisation's denies and a connection needs: the extent of an exemption."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from port_byollm.iam import arns
from port_byollm.iam.evaluator import Request
from port_byollm.proof.requests import (
    APPLY_GUARDRAIL,
    ASSUME_ROLE,
    INVOKE_ACTIONS,
    PRINCIPAL_KEY,
    PROFILE_KEY,
    REGION_KEY,
    Caller,
    Calls,
    assume_role,
)
from port_byollm.proof.witness import ANOTHER

_ELSEWHERE = ("us-east-1", "eu-west-1", "eu-west-2", "ap-southeast-2", "sa-east-1", "unspecified")
_OTHER_ACTIONS = (
    *INVOKE_ACTIONS,
    APPLY_GUARDRAIL,
    "bedrock:CreateModelInvocationJob",
    "bedrock:GetFoundationModel",
    "bedrock:InvokeAgent",
    "ec2:RunInstances",
    "s3:GetObject",
)


@dataclass
class Needs:
    """Actions of `principals` on `direct` resources, and through profiles in the regions they send to."""

    principals: dict[str, str] = field(default_factory=dict)
    """`aws:PrincipalArn` -> the principal as requests name it."""
    direct: dict[str, set[str]] = field(default_factory=dict)
    """Action -> resources."""
    routed: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    """Action -> ARN of a profile -> values of `aws:RequestedRegion`."""
    models: dict[str, str] = field(default_factory=dict)
    """ARN of a profile -> its model's id."""

    @classmethod
    def of(cls, requests: Iterable[Request]) -> "Needs":
        needs = cls()
        for request in requests:
            needs.principals[_key(request, PRINCIPAL_KEY)] = request.principal
            if profile := _key(request, PROFILE_KEY):
                regions = needs.routed.setdefault(request.action, {}).setdefault(profile, set())
                regions.add(_key(request, REGION_KEY))
                needs.models[profile] = request.resource.partition("/")[2]
            else:
                needs.direct.setdefault(request.action, set()).add(request.resource)
        return needs

    @property
    def actions(self) -> list[str]:
        return sorted({*self.direct, *self.routed})

    @property
    def regions(self) -> list[str]:
        routed = {region for profiles in self.routed.values() for one in profiles.values() for region in one}
        direct = {arns.parse(resource).region for resources in self.direct.values() for resource in resources}
        return sorted((routed | direct) - {""})

    def cover(self, request: Request) -> bool:
        regions = self.routed.get(request.action, {}).get(_key(request, PROFILE_KEY), set())
        return _key(request, PRINCIPAL_KEY) in self.principals and (
            request.resource in self.direct.get(request.action, set()) or _key(request, REGION_KEY) in regions
        )

    def bystanders(self) -> Iterator[Request]:
        """Requests around the needed ones, and those among them: all that must be decided as before."""
        if ASSUME_ROLE in self.direct:
            yield from self._other_assumptions()
            return
        account = arns.parse(next(iter(self.principals))).account
        others = [Caller.of_role(f"arn:aws:iam::{account}:role/{ANOTHER}")]
        others += [Caller(arn, arn) for arn in [f"arn:aws:iam::{account}:user/{ANOTHER}"]]
        callers = [Caller(principal, owner) for owner, principal in self.principals.items()] + others
        for caller in callers:
            for action in dict.fromkeys((*self.actions, *_OTHER_ACTIONS)):
                yield from self._other_calls(Calls(caller, (self.regions or _ELSEWHERE)[0]), action)

    def _other_calls(self, calls: Calls, action: str) -> Iterator[Request]:
        models = {
            **self.models,
            calls.profile_arn(f"us.{ANOTHER}.model"): f"{ANOTHER}.model",
            "": "plain.model",
        }
        for region in dict.fromkeys((*self.regions, *_ELSEWHERE)):
            in_arn = "" if region == "unspecified" else region
            for profile, model in models.items():
                through = {PROFILE_KEY: profile} if profile else {}
                resource = arns.foundation_model(in_arn, model)
                yield calls.request(action, resource, in_arn, **through)
            for resources in self.direct.values():
                for resource in resources:
                    arn = arns.parse(resource)
                    yield calls.request(action, str(arn._replace(region=in_arn)), in_arn)
                    yield calls.request(action, f"{arn._replace(region=in_arn)}{ANOTHER}", in_arn)
            yield calls.request(action, "*", in_arn)

    def _other_assumptions(self) -> Iterator[Request]:
        roles = self.direct[ASSUME_ROLE]
        account = arns.parse(next(iter(roles))).account
        for principal in (*self.principals, f"arn:aws:iam::999999999999:role/{ANOTHER}"):
            for role in (*roles, f"arn:aws:iam::{account}:role/{ANOTHER}"):
                yield assume_role(principal, role, None)
                yield replace(assume_role(principal, role, None), action="sts:TagSession")


def _key(request: Request, key: str) -> str:
    value = request.context.get(key, "")
    return value if isinstance(value, str) else ""
