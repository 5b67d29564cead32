"""`docs/verify.md`, and how its examples are compared with what is printed."""

import re
from pathlib import Path

TEXT = (Path(__file__).parents[3] / "docs/verify.md").read_text()


def blocks(language: str, text: str = TEXT) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def shows(expected: str, printed: str) -> bool:
    """Whether `printed` is what a page shows, where a line `…` stands for any lines."""
    parts = [re.escape(part) for part in re.split(r"^…\n", expected, flags=re.MULTILINE)]
    return re.fullmatch("(?:.*\n)*?".join(parts), printed) is not None
