from collections.abc import Iterable

from pulumi_policy import ResourceValidationArgs, Severity

from port_byollm_policies.registration import LLM_PROVIDER, configures, is_bedrock
from port_byollm_policies.rule import Rule, Settings

rule = Rule(
    __name__,
    "Port's gateway assumes a role; there are no long-term access keys.",
    severity=Severity.HIGH,
    remediation="Use a role with an external ID; with our components, set `auth` to `role`.",
    link="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#bp-workloads-use-roles",
    key="auth",
)


@rule.resources("aws:iam/accessKey:AccessKey")
def is_none(key: ResourceValidationArgs, settings: Settings) -> Iterable[str]:
    yield "is an access key, which never expires"


@rule.resources(LLM_PROVIDER)
def registers_none(registration: ResourceValidationArgs, settings: Settings) -> Iterable[str]:
    if is_bedrock(registration) and configures(registration, "accessKeyIdSecretName"):
        yield "config.accessKeyIdSecretName: Port's gateway uses an access key"


policy = rule.policy
