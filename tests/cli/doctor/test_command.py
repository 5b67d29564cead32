import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from click.testing import CliRunner, Result

from port_byollm.cli import doctor
from port_byollm.cli.__main__ import main
from port_byollm.cli.doctor.finding import Finding, ok, problem, unknown
from port_byollm.cli.stack.stack import Stack


def run(monkeypatch: pytest.MonkeyPatch, findings: list[Finding], *arguments: str) -> Result:
    @contextmanager
    def environment(stack: Stack) -> Iterator[None]:
        yield

    monkeypatch.setattr(Stack, "environment", environment)
    monkeypatch.setattr(doctor, "_examine", lambda stack: iter(findings))
    return CliRunner().invoke(main, ["doctor", "--stack", "dev", *arguments])


def test_a_next_step_stands_below_what_is_not_well(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, [ok("region", "eu-west-1"), problem("form", "is not submitted", "submit it")])

    assert (
        result.output
        == "OK       region: eu-west-1\nPROBLEM  form: is not submitted\n         -> submit it\n"
    )


@pytest.mark.parametrize(
    ("findings", "exit_code"),
    [
        ([ok("a", "b")], 0),
        ([ok("a", "b"), unknown("a", "b", "c")], 0),
        ([problem("a", "b", "c"), ok("a", "b")], 1),
    ],
)
@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_only_a_problem_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, findings: list[Finding], exit_code: int, arguments: tuple[str, ...]
) -> None:
    assert run(monkeypatch, findings, *arguments).exit_code == exit_code


def test_json_for_scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, [ok("region", "eu-west-1"), unknown("SCPs", "hidden", "ask")], "--json")

    assert json.loads(result.stdout) == {
        "stack": "dev",
        "findings": [
            {"verdict": "OK", "subject": "region", "found": "eu-west-1"},
            {"verdict": "UNKNOWN", "subject": "SCPs", "found": "hidden", "nextStep": "ask"},
        ],
    }
