"""A parsed command line for `pulumi`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# Flags whose value is the next argument, and that may precede a command word or a stack's name.
_VALUED = frozenset(
    ("-C", "--cwd", "--color", "-v", "--verbose", "--tracing", "--otel-traces", "--profiling")
)
_VALUED |= {"--memprofilerate", "--copy-config-from", "--secrets-provider", "--teams"}
_SHORT_STACK = re.compile(r"-[defjryQ]*s=?(.*)", re.ASCII)  # -s may end a group of switches: -ys local
_STACKLESS = frozenset(("completion", "convert", "gen-completion", "help", "login", "logout", "new", "org"))
_STACKLESS |= {"package", "plugin", "project", "schema", "template", "version", "whoami"}
_NAMING = frozenset(("init", "new", "select", "remove", "rm"))


@dataclass(frozen=True)
class Invocation:
    words: tuple[str, ...]
    """The command, its subcommands and their operands."""
    stack: str | None
    """The stack that the arguments name."""
    cwd: Path | None
    """The directory that the engine changes to first (`-C`)."""

    @property
    def concerns_stack(self) -> bool:
        return bool(self.words) and self.words[0] not in _STACKLESS

    @property
    def creates_stack(self) -> bool:
        return self.words[:2] in (("stack", "init"), ("stack", "new"))

    @property
    def selects_stack(self) -> bool:
        return self.words[:2] == ("stack", "select")

    @property
    def updates(self) -> bool:
        return self.words[:1] in (("up",), ("update",))


def parse(arguments: Sequence[str]) -> Invocation:
    """Parse as much of `arguments` as determines the stack; the engine validates the rest."""
    words: list[str] = []
    stack = cwd = None
    rest = iter(arguments)
    for argument in rest:
        flag, equals, value = argument.partition("=")
        if argument == "--":
            break
        if flag == "--stack":
            stack = value if equals else next(rest, None)
        elif flag in _VALUED:
            value = value if equals else next(rest, "")
            if flag in ("-C", "--cwd"):
                cwd = Path(value)
        elif not argument.startswith("-"):
            words.append(argument)
        elif match := _SHORT_STACK.fullmatch(argument):
            stack = match[1] or next(rest, None)
    if stack is None and words[:1] == ["stack"] and len(words) > 2 and words[1] in _NAMING:
        stack = words[2]
    return Invocation(tuple(words), stack, cwd)
