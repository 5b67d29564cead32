"""Policies that permit invoking models on Bedrock.

IAM has no actions for Converse and ConverseStream: it authorizes them as InvokeModel and
InvokeModelWithResponseStream.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from port_byollm.catalogue import GEOGRAPHIES, Model, destinations_of, parse_model, profile_id, source_regions
from port_byollm.errors import ConfigError
from port_byollm.iam import arns
from port_byollm.iam.documents import Condition, PolicyDocument, Statement, Values

MAX_POLICY_SIZE = 6144
"""Characters of a managed policy, without white space."""

_INVOKE = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
_APPLY_GUARDRAIL = "bedrock:ApplyGuardrail"


@dataclass(frozen=True)
class Guardrail:
    """A guardrail that every invocation must name.

    `version` is a number or `DRAFT`; None accepts any version. Raises ConfigError for another version, and
    for an ARN that is not a guardrail's.
    """

    arn: str
    version: str | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(
            r"arn:aws(?:-[a-z]+)*:bedrock:[a-z0-9-]+:[0-9]{12}:guardrail/[a-z0-9]+", self.arn
        ):
            raise ConfigError(
                "guardrail.arn",
                f"{self.arn!r} is not the ARN of a guardrail",
                "give it as arn:aws:bedrock:<region>:<account>:guardrail/<id>, without the version",
            )
        if self.version is not None and not re.fullmatch(r"[1-9][0-9]{0,7}|DRAFT", self.version):
            raise ConfigError(
                "guardrail.version", f"{self.version!r} is not a version", "give a number or DRAFT"
            )

    @property
    def condition(self) -> Condition:
        """A condition that holds for invocations with this guardrail.

        The key's value ends in the version, except for the draft
        (https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-id.html).
        """
        key = "bedrock:GuardrailIdentifier"
        if self.version is None:
            return {"StringLike": {key: (self.arn, f"{self.arn}:*")}}
        return {"StringEquals": {key: self.arn if self.version == "DRAFT" else f"{self.arn}:{self.version}"}}


def documented(
    models: Sequence[Model | str] | Literal["all"], geography: str, guardrail: bool
) -> list[PolicyDocument]:
    """Return the policies of Port's setup page (step 1.1), verbatim, for any region and account.

    With `guardrail`, ApplyGuardrail is in the statement of the invocations, on the models' ARNs, as on the
    page. These ARNs match no guardrail, so the action has no effect there; `pinned` names the guardrail.

    Raises ConfigError if a model has no profile in `geography`.
    """
    action = (*_INVOKE, _APPLY_GUARDRAIL) if guardrail else _INVOKE

    def document(resources: Sequence[tuple[str, str]]) -> PolicyDocument:
        resource = tuple(arn for pair in resources for arn in pair)
        return PolicyDocument((Statement(sid="AllowBedrockInference", action=action, resource=resource),))

    if models == "all":
        _check_geography(geography)
        return [document([_any_region("*", "*")])]
    ids = [bedrock_id for bedrock_id, _ in _resolve(models, geography)]
    return _split([_any_region(profile_id(geography, one), one) for one in ids], document)


def _any_region(profile: str, model: str) -> tuple[str, str]:
    return arns.inference_profile("*", "*", profile), arns.foundation_model("*", model)


def pinned(
    models: Sequence[Model | str] | Literal["all"],
    geography: str,
    region: str,
    account: str,
    guardrail: Guardrail | None,
) -> list[PolicyDocument]:
    """Return policies that permit only calling the geography's profiles in `region` of `account`.

    Each model is permitted in its profile's destination regions, and only through that profile
    (https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html). With `guardrail`,
    every invocation must name it, and applying it is permitted.

    Raises ConfigError if `account` is not an account ID, if a model has no profile in `geography` or cannot
    be called from `region`, and if the guardrail is in another account or region.
    """
    _check_geography(geography)
    if not arns.is_account(account):
        raise ConfigError("account_id", f"{account!r} is not an AWS account id", "give its 12 digits")
    if guardrail:
        _check_guardrail(guardrail, region, account)
    guarded = guardrail.condition if guardrail else {}

    def grant(profile: str, model: str, destinations: Sequence[str]) -> _Grant:
        return _Grant(
            sid="Through" + "".join(filter(str.isalnum, profile.title())),
            profile=arns.inference_profile(region, account, profile),
            models=tuple(arns.foundation_model(destination, model) for destination in destinations),
        )

    def document(grants: Sequence[_Grant]) -> PolicyDocument:
        statements = [
            Statement(
                sid="InvokeProfiles",
                action=_INVOKE,
                resource=tuple(grant.profile for grant in grants),
                condition=guarded,
            ),
            *(grant.models_statement(guarded) for grant in grants),
        ]
        if guardrail:
            statements.append(
                Statement(sid="ApplyGuardrail", action=_APPLY_GUARDRAIL, resource=guardrail.arn)
            )
        return PolicyDocument(tuple(statements))

    if models == "all":
        destinations = destinations_of(geography, region)
        if not destinations:
            raise _not_callable(geography, region)
        return [document([grant(profile_id(geography, "*"), "*", destinations)])]
    grants = []
    for bedrock_id, model in _resolve(models, geography):
        destinations = model.destinations(geography, region)
        if not destinations:
            raise _not_callable(geography, region, model)
        grants.append(grant(profile_id(geography, bedrock_id), bedrock_id, destinations))
    return _split(grants, document)


@dataclass(frozen=True)
class _Grant:
    """One profile, and the models that may be invoked only through it."""

    sid: str
    profile: str
    models: tuple[str, ...]

    def models_statement(self, guarded: Condition) -> Statement:
        through: dict[str, Values] = {"bedrock:InferenceProfileArn": self.profile}
        # ArnLike compares profile ARNs with a wildcard part by part.
        condition: dict[str, dict[str, Values]] = {
            "ArnLike" if "*" in self.profile else "StringEquals": through
        }
        for operator, keys in guarded.items():
            condition.setdefault(operator, {}).update(keys)
        return Statement(sid=self.sid, action=_INVOKE, resource=self.models, condition=condition)


_T = TypeVar("_T")


def _split(grants: Sequence[_T], document: Callable[[Sequence[_T]], PolicyDocument]) -> list[PolicyDocument]:
    """Split the grants, in order, into documents within IAM's quota; each document is complete in itself."""
    parts: list[list[_T]] = []
    for grant in grants:
        if parts and _is_valid(document([*parts[-1], grant])):
            parts[-1].append(grant)
        elif _is_valid(document([grant])):
            parts.append([grant])
        else:
            raise ConfigError(
                "models", f"the policy for one model alone exceeds {MAX_POLICY_SIZE} characters"
            )
    return [document(part) for part in parts]


def _is_valid(document: PolicyDocument) -> bool:
    # A Sid has only letters and digits, so ids that differ in punctuation have the same one. A document must
    # not have it twice.
    sids = {statement.sid for statement in document.statements}
    return len(sids) == len(document.statements) and document.size() <= MAX_POLICY_SIZE


def _resolve(models: Sequence[Model | str], geography: str) -> list[tuple[str, Model]]:
    """Return each model once, with its Bedrock id. Raises ConfigError if it has no profile there."""
    _check_geography(geography)
    if not models:
        raise ConfigError("models", "the list is empty", 'name the models, or "all"')
    resolved: dict[str, Model] = {}
    for given in models:
        model = parse_model(given) if isinstance(given, str) else given
        if model.bedrock_id is None:
            raise ConfigError("models", f"{model.name!r} is not on Bedrock", "leave it out")
        if geography not in model.profiles:
            there = model.geographies()
            raise ConfigError(
                "geography",
                f"{model.name} has no inference profile in {geography!r}",
                f"use one of {', '.join(there)}, or another model" if there else _REFRESH,
            )
        resolved[model.bedrock_id] = model
    return list(resolved.items())


_REFRESH = "`port-byollm models refresh` asks the account which profiles exist"


def _not_callable(geography: str, region: str, model: Model | None = None) -> ConfigError:
    sources = sorted(model.profiles[geography] if model else source_regions(geography))
    return ConfigError(
        "region",
        f"the {geography!r} profile{f' of {model.name}' if model else 's'} cannot be called from {region!r}",
        f"use one of {', '.join(sources)}, or another geography; {_REFRESH}",
    )


def _check_geography(geography: str) -> None:
    if geography not in GEOGRAPHIES:
        raise ConfigError(
            "geography",
            f"{geography!r} is not a geography of Bedrock's inference profiles",
            f"use one of {', '.join(GEOGRAPHIES)}",
        )


def _check_guardrail(guardrail: Guardrail, region: str, account: str) -> None:
    arn = arns.parse(guardrail.arn)
    for kind, guardrails, models in (("account", arn.account, account), ("region", arn.region, region)):
        if guardrails != models:
            raise ConfigError(
                "guardrail.arn",
                f"the guardrail is in {kind} {guardrails}, but the models are called in {models}",
                f"use a guardrail in {kind} {models}",
            )
