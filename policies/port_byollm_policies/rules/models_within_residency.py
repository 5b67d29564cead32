from collections.abc import Iterable

from pulumi_policy import Severity

from port_byollm.iam.permissions import Permissions
from port_byollm_policies.residency import RESIDENCY, is_within, regions
from port_byollm_policies.rule import Rule, Settings
from port_byollm_policies.wording import some

rule = Rule(
    __name__,
    "Models can be invoked only within the declared residency.",
    severity=Severity.CRITICAL,
    remediation="Name only regions and inference profiles of the residency; with our components, set "
    "`geography` to it and leave `scope` at `pinned`.",
    link="https://docs.aws.amazon.com/bedrock/latest/userguide/cross-region-inference.html",
    settings=RESIDENCY,
    needs=["residency"],
    key="geography",
)


@rule.permissions
def stays_within(permissions: Permissions, settings: Settings) -> Iterable[str]:
    residency = settings["residency"]
    outside = {one.arn.region or "the empty region of global profiles" for one in permissions.invocations}
    outside -= regions(residency)
    if outside:
        yield f"permits invoking models in {some(outside)}, outside {residency}"
    profiles = {one.profile for one in permissions.invocations if one.profile}
    beyond = [profile for profile in profiles if not is_within(profile.partition(".")[0], residency)]
    if beyond:
        yield f"permits the inference profiles {some(beyond)}, which route requests outside {residency}"


policy = rule.policy
