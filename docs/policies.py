"""Writes the table of rules in `docs/policies.md` from the rules.

.venv/bin/python docs/policies.py
"""

import re
from pathlib import Path

from pulumi_policy import Policy

from port_byollm_policies import policies

PAGE = Path(__file__).with_suffix(".md")
_TABLE = re.compile(r"(?<=<!-- rules -->\n).*?(?=<!-- /rules -->)", re.DOTALL)


def page(text: str) -> str:
    """The page with its table of rules as the rules have it."""
    head = ["| rule | severity | what must hold | settings |", "|---|---|---|---|"]
    table = "\n".join([*head, *map(_row, policies())])
    return _TABLE.sub(lambda _: f"{table}\n", text)


def _row(policy: Policy) -> str:
    properties = policy.config_schema.properties if policy.config_schema else {}
    settings = ", ".join(f"`{name}`" for name in properties if name != "except")
    severity = policy.severity.value if policy.severity else ""
    return f"| [`{policy.name}`]({policy.url}) | {severity} | {policy.description} | {settings} |"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
