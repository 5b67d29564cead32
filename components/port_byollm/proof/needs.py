"""The requests that a connection needs and an organization's statement denies: the scope of an exemption."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from port_byollm.iam import arns
from port_byollm.iam.evaluator import Request
from port_byollm.iam.witnesses import INVENTED
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

_ELSEWHERE = ("us-east-1", "eu-west-1", "eu-west-2", "ap-southeast-2", "sa-east-1", "unspecified")
_OTHER_ACTIONS = (
    *INVOKE_ACTIONS,
    APPLY_GUARDRAIL,
    "bedrock:CreateModelInvocationJob",
    "bedrock:GetFoundationModel",
    "bedrock:InvokeAgent",
)
_OTHER_SERVICES = ("ec2:RunInstances", "s3:ListAllMyBuckets", "sagemaker:CreateEndpoint")


@dataclass
class Needs:
    """Actions of `principals`: on resources directly, and through profiles in their destination regions."""

    principals: dict[str, str] = field(default_factory=dict)
    """`aws:PrincipalArn` -> the principal as in requests."""
    direct: dict[str, set[str]] = field(default_factory=dict)
    """Action -> resources."""
    routed: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    """Action -> ARN of a profile -> values of `aws:RequestedRegion`."""
    models: dict[str, str] = field(default_factory=dict)
    """ARN of a profile -> the id of its model."""

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
        routed = {
            region
            for profiles in self.routed.values()
            for destinations in profiles.values()
            for region in destinations
        }
        direct = {arns.parse(resource).region for resources in self.direct.values() for resource in resources}
        return sorted((routed | direct) - {""})

    def cover(self, request: Request) -> bool:
        regions = self.routed.get(request.action, {}).get(_key(request, PROFILE_KEY), set())
        return _key(request, PRINCIPAL_KEY) in self.principals and (
            request.resource in self.direct.get(request.action, set()) or _key(request, REGION_KEY) in regions
        )

    def bystanders(self) -> Iterator[Request]:
        """Yield requests similar to the needed ones, and these too. Each could really be made."""
        if ASSUME_ROLE in self.direct:
            yield from self._other_assumptions()
            return
        account = arns.parse(next(iter(self.principals))).account
        user = f"arn:aws:iam::{account}:user/{INVENTED}"
        for caller in (
            *(Caller(principal, owner) for owner, principal in self.principals.items()),
            Caller.of_role(f"arn:aws:iam::{account}:role/{INVENTED}"),
            Caller(user, user),
        ):
            for region in dict.fromkeys((*self.regions, *_ELSEWHERE)):
                yield from self._calls_in("" if region == "unspecified" else region, caller)

    def _calls_in(self, region: str, caller: Caller) -> Iterator[Request]:
        calls = Calls(caller, region)
        other_profile = arns.inference_profile("eu-west-1", caller.account, f"eu.{INVENTED}.model")
        models = {**self.models, other_profile: f"{INVENTED}.model", "": f"{INVENTED}.model"}
        needed = {arns.parse(resource) for resources in self.direct.values() for resource in resources}
        here = [str(arn._replace(region=region)) for arn in needed]
        for action in dict.fromkeys((*self.actions, *_OTHER_ACTIONS)):
            for profile, model in models.items():
                through = {PROFILE_KEY: profile} if profile else {}
                yield calls.request(action, arns.foundation_model(region, model), **through)
            for resource in (*here, *(f"{one}{INVENTED}" for one in here), "*"):
                yield calls.request(action, resource)
        for action in _OTHER_SERVICES:
            yield calls.request(action, "*")

    def _other_assumptions(self) -> Iterator[Request]:
        roles = self.direct[ASSUME_ROLE]
        account = arns.parse(next(iter(roles))).account
        for principal in (*self.principals, f"arn:aws:iam::999999999999:role/{INVENTED}"):
            for role in (*roles, f"arn:aws:iam::{account}:role/{INVENTED}"):
                yield assume_role(principal, role, None)
                yield replace(assume_role(principal, role, None), action="sts:TagSession")


def _key(request: Request, key: str) -> str:
    value = request.context.get(key, "")
    return value if isinstance(value, str) else ""
