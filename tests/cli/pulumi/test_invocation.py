from pathlib import Path

import pytest

from port_byollm.cli.pulumi.invocation import parse


@pytest.mark.parametrize(
    ("line", "stack"),
    [
        ("up --stack dev", "dev"),
        ("up --stack=dev", "dev"),
        ("up -s dev", "dev"),
        ("up -s=dev", "dev"),
        ("up -sdev", "dev"),
        ("up -ys dev", "dev"),
        ("-s dev up", "dev"),
        ("--color never up --stack dev", "dev"),
        ("up -s acme/byollm/dev", "acme/byollm/dev"),
        ("up -s one -s two", "two"),
        ("stack init dev", "dev"),
        ("stack init --secrets-provider passphrase dev", "dev"),
        ("stack select dev", "dev"),
        ("stack rm --yes dev", "dev"),
        ("up", None),
        ("up --yes", None),
        ("up --skip-preview -v 9", None),
        ("stack ls", None),
        ("stack output dev", None),
        ("config set key value", None),
        ("up -- -s dev", None),
        ("", None),
    ],
)
def test_the_stack_that_is_named(line: str, stack: str | None) -> None:
    assert parse(line.split()).stack == stack


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("-C elsewhere up", ("up",)),
        ("--cwd=elsewhere -v 9 stack output name", ("stack", "output", "name")),
        ("--non-interactive up", ("up",)),
    ],
)
def test_the_words_of_the_command(line: str, words: tuple[str, ...]) -> None:
    assert parse(line.split()).words == words


@pytest.mark.parametrize("line", ["-C elsewhere up", "--cwd elsewhere up", "up --cwd=elsewhere"])
def test_where_the_engine_is_told_to_go(line: str) -> None:
    assert parse(line.split()).cwd == Path("elsewhere")


@pytest.mark.parametrize(
    ("line", "concerns"),
    [
        ("up", True),
        ("stack ls", True),
        ("config", True),
        ("version", False),
        ("plugin ls", False),
        ("", False),
    ],
)
def test_whether_a_stack_is_concerned(line: str, concerns: bool) -> None:
    assert parse(line.split()).concerns_stack is concerns
