import os
from collections.abc import Iterable
from urllib.parse import urlsplit

from pulumi_policy import ResourceValidationArgs, Severity

from port_byollm.catalogue import API_HOSTS
from port_byollm_policies.registration import LLM_PROVIDER, config, is_bedrock
from port_byollm_policies.residency import PORT_REGION, RESIDENCY, port_region, regions
from port_byollm_policies.rule import Rule, Settings

rule = Rule(
    __name__,
    "Port's API and the AWS region that Port calls are within the declared residency.",
    severity=Severity.CRITICAL,
    remediation="Set `port-byollm:baseUrl` to Port's host and `aws:region` to a region within the residency.",
    link="https://docs.port.io/ai-interfaces/port-ai/llm-providers-management/setup-and-configuration",
    settings={**RESIDENCY, **PORT_REGION},
    needs=["residency", "portRegion"],
    key="port-byollm:baseUrl",
)


@rule.resources(LLM_PROVIDER)
def calls_within(registration: ResourceValidationArgs, settings: Settings) -> Iterable[str]:
    if wanted := port_region(settings):
        yield from _host(registration, wanted)
    residency = settings["residency"]
    if residency and is_bedrock(registration):
        region = config(registration).get("region")
        if region not in regions(residency):
            yield f"config.region: is {region}, outside {residency}"


def _host(registration: ResourceValidationArgs, wanted: str) -> Iterable[str]:
    provider = registration.provider
    # If the provider does not set it, the plugin reads it from the environment, which this process has too.
    address = (provider.props.get("baseUrl") if provider else None) or os.environ.get("PORT_BASE_URL")
    if not address:
        yield "the address of Port's API is unknown; set port-byollm:baseUrl in the stack's configuration"
    elif urlsplit(address).hostname != API_HOSTS[wanted]:
        yield f"connects to {urlsplit(address).hostname}, but Port in {wanted} is at {API_HOSTS[wanted]}"


policy = rule.policy
