"""AWS as the credentials in use see it. What AWS does not show is `Unknown`, never empty."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from port_byollm.cli.stack.plan import Plan
from port_byollm.iam.evaluator import Request
from port_byollm.proof import Policy, Unknown
from port_byollm.proof.subject import Document

if TYPE_CHECKING:
    import boto3

_ANY_REGION = "us-east-1"  # IAM and a caller's identity are the same everywhere


class Aws:
    def __init__(self, session: "boto3.Session") -> None:
        from botocore.config import Config

        quick = Config(connect_timeout=5, read_timeout=15, retries={"max_attempts": 3})
        region = session.region_name or _ANY_REGION
        self._iam = session.client("iam", region_name=region, config=quick)
        self._sts = session.client("sts", region_name=region, config=quick)

    @classmethod
    def of(cls, plan: Plan) -> Self | Unknown:
        """Return a client with the credentials that the stack's updates use."""
        import boto3
        from botocore.exceptions import BotoCoreError

        try:
            return cls(
                boto3.Session(
                    profile_name=plan.setting("aws:profile"), region_name=plan.setting("aws:region")
                )
            )
        except BotoCoreError as error:
            return Unknown(f"AWS cannot be asked: {error}")

    @property
    def endpoint_url(self) -> str:
        """The URL of IAM's endpoint."""
        return str(self._iam.meta.endpoint_url)

    def account(self) -> str | Unknown:
        found = _asked("whose credentials these are", lambda: str(self._sts.get_caller_identity()["Account"]))
        return found or Unknown("AWS does not say whose credentials these are")

    def entity(self, kind: str, name: str) -> Mapping[str, Any] | Unknown | None:
        """Return a role or user as in the answer of `GetRole` or `GetUser`; None if it does not exist."""
        key, get = kind.capitalize(), getattr(self._iam, f"get_{kind}")
        found: Mapping[str, Any] | Unknown | None = _asked(
            f"the {kind} {name}", lambda: get(**{f"{key}Name": name})[key]
        )
        return found

    def policies(self, kind: str, name: str) -> Iterator[Policy]:
        """Yield the attached and inline policies, and for a user those of its groups."""
        owner = {f"{kind.capitalize()}Name": name}
        for policy in self._listed(f"list_attached_{kind}_policies", "AttachedPolicies", owner):
            yield policy if isinstance(policy, Policy) else self.managed_policy(policy["PolicyArn"])
        for policy in self._listed(f"list_{kind}_policies", "PolicyNames", owner):
            yield policy if isinstance(policy, Policy) else self._inline_policy(kind, owner, policy)
        if kind == "user":
            for group in self._listed("list_groups_for_user", "Groups", owner):
                if isinstance(group, Policy):
                    yield group
                else:
                    yield from self.policies("group", group["GroupName"])

    def managed_policy(self, arn: str) -> Policy:
        """Return the default version of a managed policy."""

        def read() -> Document:
            version = self._iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            answer = self._iam.get_policy_version(PolicyArn=arn, VersionId=version)
            document: Document = answer["PolicyVersion"]["Document"]
            return document

        return Policy(arn.rpartition("/")[2], _asked(f"the policy {arn}", read) or _gone(arn))

    def access_keys(self, user: str) -> Mapping[str, str] | Unknown:
        """Return a user's access keys: id -> `Active` or `Inactive`."""

        def read() -> Mapping[str, str]:
            pages = self._iam.get_paginator("list_access_keys").paginate(UserName=user)
            return {key["AccessKeyId"]: key["Status"] for page in pages for key in page["AccessKeyMetadata"]}

        return _asked(f"the access keys of {user}", read) or {}

    def simulate(self, arn: str, request: Request) -> str:
        """Return the `EvalDecision` of `iam:SimulatePrincipalPolicy`. Raises botocore's errors."""
        entries = [
            {"ContextKeyName": key, "ContextKeyValues": _values(value), "ContextKeyType": "string"}
            for key, value in request.context.items()
        ]
        answer = self._iam.simulate_principal_policy(
            PolicySourceArn=arn,
            ActionNames=[request.action],
            ResourceArns=[request.resource],
            ContextEntries=entries,
        )
        return str(answer["EvaluationResults"][0]["EvalDecision"])

    def _inline_policy(self, kind: str, owner: Mapping[str, str], name: str) -> Policy:
        get = getattr(self._iam, f"get_{kind}_policy")
        found = _asked(f"the policy {name}", lambda: get(**owner, PolicyName=name)["PolicyDocument"])
        return Policy(name, found or _gone(name))

    def _listed(self, operation: str, key: str, owner: Mapping[str, str]) -> Sequence[Any]:
        """Return the items of a list; a single unknown policy if AWS does not show the list."""
        pages = self._iam.get_paginator(operation)
        found = _asked(key, lambda: [item for page in pages.paginate(**owner) for item in page[key]])
        if isinstance(found, Unknown):
            return [Policy(f"{key} of {''.join(owner.values())}", found)]
        return found or []


def _asked(what: str, ask: Callable[[], Any]) -> Any:
    """Return AWS's answer; None if AWS has no such entity."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return ask()
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchEntity":
            return None
        return Unknown(f"AWS does not show {what}: {error}")
    except BotoCoreError as error:
        return Unknown(f"AWS cannot be asked for {what}: {error}")


def _gone(name: str) -> Unknown:
    return Unknown(f"AWS has no policy {name}")


def _values(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else [*value]
