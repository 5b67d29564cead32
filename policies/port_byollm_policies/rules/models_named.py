from collections.abc import Iterable

from pulumi_policy import Severity

from port_byollm_policies.permissions import Permissions
from port_byollm_policies.rule import Rule, Settings
from port_byollm_policies.witnesses import INVENTED

rule = Rule(
    __name__,
    "An identity policy permits the Bedrock models that it names, and no others.",
    severity=Severity.HIGH,
    remediation="Name each model and inference profile by its id; with our components, list `models` and "
    "leave `scope` at `pinned`.",
    link="https://docs.aws.amazon.com/bedrock/latest/userguide/security_iam_id-based-policy-examples.html",
)


@rule.permissions
def names_its_models(permissions: Permissions, settings: Settings) -> Iterable[str]:
    unheard = [one for one in permissions.invocations if INVENTED in one.resource.rpartition(":")[2]]
    for kind in sorted({one.arn.resource.partition("/")[0] for one in unheard}):
        yield f"permits invoking any {kind} of some pattern, such as one that does not exist yet"


policy = rule.policy
