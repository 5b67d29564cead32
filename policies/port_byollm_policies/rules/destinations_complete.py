from collections.abc import Iterable, Iterator

from pulumi_policy import PolicyResource, Severity
from pulumi_policy.proxy import UnknownValueError

from port_byollm.catalogue import find_model
from port_byollm.iam import arns
from port_byollm.iam.evaluator import Undecidable
from port_byollm.iam.permissions import PROFILE_KEY, Permissions, permissions
from port_byollm.iam.witnesses import TooMany
from port_byollm_policies.documents import identity_documents
from port_byollm_policies.rule import Rule, Settings, undecided
from port_byollm_policies.stack import Stack
from port_byollm_policies.wording import some

rule = Rule(
    __name__,
    "Permission for an inference profile includes its model in every destination region.",
    severity=Severity.HIGH,
    remediation="Permit both the profile's ARN and the model's ARN in every destination region. Our "
    "components take these from the catalog, which `port-byollm models refresh` updates.",
    link="https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html",
    key="models",
)


@rule.stack
def is_complete(stack: Stack, settings: Settings) -> Iterable[tuple[PolicyResource, str]]:
    unknown: list[UnknownValueError] = []
    for identity in stack.identities:
        # Policies from outside the stack may permit the rest.
        if not identity.elsewhere and not identity.groups:
            unknown += identity.unknown
            documents = [document.text for _, document in identity.documents]
            yield from ((identity.resource, problem) for problem in _gaps(documents))
    for policy in stack.unattached:
        found, error = identity_documents(policy)
        unknown += [error] if error else []
        yield from ((policy, problem) for problem in _gaps([document.text for document in found]))
    if unknown:
        raise unknown[0]


def _gaps(documents: list[str]) -> Iterator[str]:
    try:
        permitted = permissions(*documents)
    except TooMany as error:
        yield undecided(error)
        return
    except Undecidable:
        return  # document-valid reports it
    yield from _missing_destinations(permitted)
    yield from _missing_profiles(permitted)


def _missing_destinations(permitted: Permissions) -> Iterator[str]:
    gaps: dict[str, set[str]] = {}
    for one in permitted.invocations:
        geography, _, bedrock_id = (one.profile or "").partition(".")
        model = find_model(bedrock_id) if bedrock_id else None
        for region in model.destinations(geography, one.arn.region) if model else ():
            context = {**one.context, PROFILE_KEY: one.resource}
            if not permitted.allows(one.action, arns.foundation_model(region, bedrock_id), context):
                gaps.setdefault(one.resource, set()).add(region or "the empty region")
    for profile, regions in gaps.items():
        yield f"permits {profile} but not its model in {some(regions)}: IAM denies requests routed there"


def _missing_profiles(permitted: Permissions) -> Iterator[str]:
    profiles = {one.profile.partition(".")[2] for one in permitted.invocations if one.profile}
    others = {one.arn.resource.partition("/")[0] for one in permitted.invocations} - {"foundation-model"}
    for bedrock_id in sorted({one.model for one in permitted.invocations if one.model}):
        model = find_model(bedrock_id)
        if model and model.profiles and bedrock_id not in profiles and others <= {"inference-profile"}:
            yield f"permits {bedrock_id} but none of its inference profiles, the only way to call it"


policy = rule.policy
