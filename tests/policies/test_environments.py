"""Our stacks under their own rules, on the real engine: as they are, and made worse in each way there is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from .previews import PACK, environment, preview, project

__all__ = ["environment", "project"]  # fixtures

PROD, DEV = PACK / "config/prod.json", PACK / "config/dev.json"
SONNET, OLD = "claude-sonnet-4-5-20250929", "claude-sonnet-4-20250514"
GONE = object()
BEDROCK, ROLE, DEFAULTS = "byollm:bedrock", "byollm:bedrock.role", "byollm:defaults"
ANYWHERE = {"byollm:dataResidency": GONE}  # or the program refuses what leaves it
WORSE: dict[str, tuple[dict[str, Any], set[str]]] = {
    "all models": (
        {f"{BEDROCK}.models": "all"},
        {"models-allowed", "models-named", "models-not-past-end-of-life"},
    ),
    "a model past its end of life": (
        {f"{BEDROCK}.models": [SONNET, OLD], f"{BEDROCK}.allowEndOfLife": True},
        {"models-allowed", "models-not-past-end-of-life"},
    ),
    "the documented policy": (
        ANYWHERE | {f"{BEDROCK}.scope": "documented"},
        {
            "gateway-within-residency",
            "guardrail-enforced",
            "guardrail-permission-on-guardrail",
            "models-within-residency",
        },
    ),
    "no residency": (ANYWHERE, {"gateway-within-residency"}),
    "global profiles": (
        ANYWHERE | {f"{BEDROCK}.geography": "global"},
        {"gateway-within-residency", "models-within-residency"},
    ),
    "access keys": ({f"{BEDROCK}.auth": "access-keys"}, {"no-access-keys", "permissions-boundary-required"}),
    "no guardrail": ({f"{BEDROCK}.guardrail": GONE}, {"guardrail-enforced"}),
    "long sessions": ({f"{ROLE}.maxSessionDuration": 43200}, {"session-duration-limited"}),
    "no boundary": ({f"{ROLE}.permissionsBoundary": GONE}, {"permissions-boundary-required"}),
    "another boundary": (
        {f"{ROLE}.permissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"},
        {"permissions-boundary-required"},
    ),
    "subscribing": (
        {f"{BEDROCK}.modelAccess": {"marketplace": True, "agreements": False}},
        {"nothing-else-attached"},
    ),
    "an untested connection": ({f"{BEDROCK}.validateConnection": False}, {"connection-validated"}),
    "Port's own models once removed": (
        {f"{DEFAULTS}.onRemoval": "system-default"},
        {"default-provider-own"},
    ),
    "Port's own models": (
        ANYWHERE | {f"{DEFAULTS}.provider": "port", f"{DEFAULTS}.model": "gpt-5"},
        {"gateway-within-residency", "default-provider-own"},
    ),
    "Port elsewhere": (
        ANYWHERE | {"port-byollm:baseUrl": "https://api.us.port.io"},
        {"gateway-within-residency", "port-within-residency"},
    ),
}
"""What is changed in the configuration of prod, and the mandatory rules that stop it."""
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a model that ends": ({f"{BEDROCK}.models": [SONNET, OLD]}, f"{OLD} is past its end of life"),
    "the documented policy": ({f"{BEDROCK}.scope": "documented"}, "byollm:bedrock.scope"),
    "another geography": ({f"{BEDROCK}.geography": "us"}, "byollm:bedrock.geography"),
    "another region": ({"aws:region": "us-east-1"}, "us-east-1"),
    "Port's own models": ({f"{DEFAULTS}.provider": "port"}, "byollm:defaults"),
    "Port elsewhere": ({"port-byollm:baseUrl": "https://api.us.port.io"}, "port-byollm:baseUrl"),
    "no external ID": ({f"{BEDROCK}.externalId": False}, "byollm:bedrock.externalId"),
    "a trust of one's own": ({f"{BEDROCK}.trust": "*"}, "byollm:bedrock.trust: unknown configuration key"),
    "Port without TLS": ({"port-byollm:baseUrl": "http://api.port.io"}, "port-byollm:baseUrl"),
    "Port anywhere": ({"port-byollm:baseUrl": GONE}, "port-byollm:baseUrl: missing"),
    "a default that is off": ({f"{DEFAULTS}.model": OLD}, "which is not enabled for bedrock"),
    "a foreign guardrail": (
        {f"{BEDROCK}.guardrail.arn": "arn:aws:bedrock:eu-west-1:444455556666:guardrail/abc"},
        "444455556666",
    ),
}
"""What the program or the plugin refuses before any rule is asked, and what is said."""


@pytest.mark.parametrize("stack", ["staging", "prod", "prod-us"])
def test_each_stack_that_rules_can_stop_passes_its_own(
    project: Path, environment: Mapping[str, str], stack: str
) -> None:
    found = preview(project, stack, environment, PACK / f"config/{stack}.json")

    assert not found.stopped, found.said
    assert found.violations == []


@pytest.mark.parametrize("way", WORSE)
def test_prod_made_worse_is_stopped_by_the_rules(
    project: Path, environment: Mapping[str, str], way: str
) -> None:
    changes, rules = WORSE[way]
    _change(project / "stacks/Pulumi.prod.yaml", changes)

    found = preview(project, "prod", environment, PROD)

    assert found.stopped
    assert found.mandatory == rules


@pytest.mark.parametrize("way", REFUSED)
def test_prod_made_worse_is_refused_by_the_program(
    project: Path, environment: Mapping[str, str], way: str
) -> None:
    changes, sentence = REFUSED[way]
    _change(project / "stacks/Pulumi.prod.yaml", changes)

    found = preview(project, "prod", environment, PROD)

    assert found.stopped
    assert sentence in found.said
    assert found.mandatory == set()


def test_dev_is_advised_and_goes_on(project: Path, environment: Mapping[str, str]) -> None:
    found = preview(project, "dev", environment, DEV)

    assert not found.stopped, found.said
    assert found.mandatory == set()
    assert "models-named" in {violation.rule for violation in found.violations}


def _change(file: Path, changes: Mapping[str, Any]) -> None:
    document = yaml.safe_load(file.read_text())
    for path, value in changes.items():
        section = document["config"]
        *outer, name = path.split(".")
        for each in outer:
            section = section[each]
        if value is GONE:
            del section[name]
        else:
            section[name] = value
    file.write_text(yaml.safe_dump(document))
