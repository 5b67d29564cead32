from collections.abc import Iterable

from pulumi_policy import ResourceValidationArgs, Severity

from port_byollm.iam.admissions import Trust
from port_byollm_policies.chance import bits
from port_byollm_policies.registration import LLM_PROVIDER, configures, is_bedrock
from port_byollm_policies.rule import Rule, Settings

rule = Rule(
    __name__,
    "Port's gateway may assume the role only with an external ID that cannot be guessed.",
    severity=Severity.CRITICAL,
    remediation="Require sts:ExternalId with StringEquals and a random value of at least 128 bits, as our "
    "ExternalId generates. Without it, another Port organization can have the gateway use the role.",
    link="https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
    settings={
        "bits": {
            "type": "integer",
            "minimum": 1,
            "default": 128,
            "description": "The least entropy of an external ID in bits, by its length and characters.",
        }
    },
    key="externalId",
)


@rule.gateway_trust
def demands_external_id(trust: Trust, settings: Settings) -> Iterable[str]:
    if trust.admits_gateway and not trust.demands_external_id:
        yield "admits Port's gateway without an external ID, or with any that matches a pattern"
    weak = [value for value in trust.external_ids if bits(value) < settings["bits"]]
    if weak:
        yield (
            f"accepts {len(trust.external_ids)} external IDs, of which {len(weak)} can have at most "
            f"{max(map(bits, weak)):.0f} bits of entropy, but {settings['bits']:.0f} are required"
        )


@rule.resources(LLM_PROVIDER)
def presents_external_id(registration: ResourceValidationArgs, settings: Settings) -> Iterable[str]:
    by_role = is_bedrock(registration) and configures(registration, "roleArn")
    if by_role and not configures(registration, "externalIdSecretName"):
        yield "config.externalIdSecretName: missing, so Port presents no external ID"


policy = rule.policy
