"""The line that a finding is shown at."""

from pathlib import Path

import pytest

from port_byollm_policies.report.outcome import Finding
from port_byollm_policies.report.place import Place, Places

from .conftest import BY_HAND, OURS, RULES


def place_of(places: Places, rule: str, urn: str) -> Place:
    return places.of(Finding(rule, urn, True, False, ""), RULES.get(rule))


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        pytest.param("models-within-residency", 4, id="the setting"),
        pytest.param("permissions-boundary-required", 5, id="in a flow mapping"),
        pytest.param("session-duration-limited", 5, id="what it would stand in"),
        pytest.param("no-access-keys", 3, id="the section"),
        pytest.param("port-within-residency", 3, id="a key in full that is not there"),
        pytest.param("a-rule-of-another-pack", 3, id="no rule of ours"),
    ],
)
def test_what_our_components_made_is_shown_at_its_setting(places: Places, rule: str, line: int) -> None:
    assert place_of(places, rule, OURS) == Place("infra/Pulumi.prod.yaml", line)


def test_what_a_program_made_is_shown_where_it_did(places: Places) -> None:
    assert place_of(places, "models-named", BY_HAND) == Place("infra/program/__main__.py", 7)


def test_component_that_no_section_configures_is_shown_in_the_program(places: Places) -> None:
    assert place_of(places, "models-named", OURS.replace("::bedrock", "::mine")) == Place(
        "infra/Pulumi.prod.yaml", 1
    )


def test_stack_without_configuration_is_shown_at_its_file(tmp_path: Path) -> None:
    places = Places(tmp_path, tmp_path / "Pulumi.prod.yaml", [])

    assert place_of(places, "models-named", OURS) == Place("Pulumi.prod.yaml", 1)
