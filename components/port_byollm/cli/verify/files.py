"""A connection from documents in files, without stack, engine or AWS."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from port_byollm.catalogue import parse_model
from port_byollm.cli.json_file import read_json
from port_byollm.cli.verify.evidence import Evidence
from port_byollm.cli.verify.identity import Identity
from port_byollm.cli.verify.promise import Given, Promise, accepted_by, gateways, geography
from port_byollm.errors import ConfigError
from port_byollm.iam import arns
from port_byollm.proof import Policy


@dataclass(frozen=True)
class Files:
    """The documents, and what a stack would otherwise provide."""

    identity: str
    """ARN of the role or user."""
    policies: Sequence[TextIO]
    models: Sequence[str]
    region: str
    trust: TextIO | None = None
    boundary: TextIO | None = None
    guardrail: str | None = None
    """ARN, with `:<version>` unless it is the draft."""

    def evidence(self, given: Given) -> Evidence:
        """Raises ConfigError for a file that is not JSON, and for an invalid or missing option."""
        try:
            arn = arns.parse(self.identity)
        except ValueError:
            arn = arns.Arn("", "", "", "", "")
        kind = arn.resource.partition("/")[0]
        if arn.service != "iam" or kind not in ("role", "user"):
            raise ConfigError(
                "--identity",
                f"{self.identity!r} is not the ARN of a role or user",
                "give arn:aws:iam::<account>:role/<name>",
            )
        if (kind == "role") != (self.trust is not None):
            raise ConfigError(
                "--trust",
                "is missing, and a role has a trust policy"
                if kind == "role"
                else "is given, and users have none",
            )
        trust_policy = None if self.trust is None else read_json(self.trust)
        identity = Identity(
            self.identity,
            trust_policy,
            tuple(_policy(file) for file in self.policies),
            None if self.boundary is None else _policy(self.boundary),
        )
        promise = Promise(
            self.region,
            given.geography or geography(self.region),
            tuple(parse_model(name, "--model") for name in self.models),
            gateways(given.port_region),
            self._guardrail(),
            given.scope or "pinned",
        )
        external_ids = [] if trust_policy is None else accepted_by(trust_policy)
        return Evidence(self.identity, promise, arn.account, identity, external_ids)

    def _guardrail(self) -> tuple[str, str | None] | None:
        if self.guardrail is None:
            return None
        arn, version = ":".join(self.guardrail.split(":")[:6]), self.guardrail.split(":")[6:]
        return arn, version[0] if version else "DRAFT"


def _policy(file: TextIO) -> Policy:
    return Policy(file.name, read_json(file))
