from collections.abc import Iterable

from pulumi_policy import Severity

from port_byollm.iam.permissions import Permissions
from port_byollm.iam.witnesses import INVENTED, is_invented
from port_byollm_policies.rule import Rule, Settings
from port_byollm_policies.wording import some

rule = Rule(
    __name__,
    "An identity policy permits only Bedrock models that it names.",
    severity=Severity.HIGH,
    remediation="Name each model and inference profile by its id; with our components, list `models` and "
    "leave `scope` at `pinned`.",
    link="https://docs.aws.amazon.com/bedrock/latest/userguide/security_iam_id-based-policy-examples.html",
    key="models",
)


@rule.permissions
def names_its_models(permissions: Permissions, settings: Settings) -> Iterable[str]:
    unnamed = [one for one in permissions.invocations if is_invented(one.arn.resource)]
    if unnamed:
        kinds = {one.arn.resource.partition("/")[0] for one in unnamed} - {INVENTED}
        yield f"permits invoking any {some(kinds)} that matches a pattern, even if it does not exist yet"


policy = rule.policy
