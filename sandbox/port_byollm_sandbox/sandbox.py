"""A running sandbox: where it is, and the environment of its `local` stack."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from port_byollm.loopback import unproxied
from port_byollm_sandbox import local_stack
from port_byollm_sandbox.port_emulator.organizations import Credential, PortRegion

STATE = "sandbox.json"
STATE_DRAFT = "sandbox.json.new"

API_KEY_VARIABLES = {
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "azure-openai": "AZURE_OPENAI_API_KEY",
}
"""Where the vendors' own tools look for a key: `local` finds the sandbox's there, never the user's."""


@dataclass(frozen=True)
class UpstreamAccess:
    """Where a vendor's API is emulated, and a key that it accepts."""

    base_url: str
    api_key: str = field(repr=False)


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox: where it listens, and the credentials that were made for this run."""

    directory: Path
    pid: int
    port_base_url: str
    port_region: PortRegion
    admin: Credential
    member: Credential
    aws_endpoint_url: str
    aws_region: str
    aws_account_id: str
    aws_plugin_address: str
    upstreams: Mapping[str, UpstreamAccess]
    """By Port's name of the provider."""

    def to_json(self, show_secrets: bool = False) -> dict[str, Any]:
        """The shape of `sandbox status --json`; client secrets only where asked for."""

        def credential(one: Credential) -> dict[str, str]:
            return one.to_json() if show_secrets else {"clientId": one.client_id}

        return {
            "running": True,
            "port": {
                "baseUrl": self.port_base_url,
                "region": self.port_region,
                "admin": credential(self.admin),
                "member": credential(self.member),
            },
            "aws": {
                "endpointUrl": self.aws_endpoint_url,
                "region": self.aws_region,
                "accountId": self.aws_account_id,
            },
            "upstreams": {
                provider: {"baseUrl": one.base_url} | ({"apiKey": one.api_key} if show_secrets else {})
                for provider, one in self.upstreams.items()
            },
        }

    def environment(self) -> dict[str, str | None]:
        """Environment variables of the `local` stack; None means that the variable must not be set.

        Every `AWS_…` of the user's is taken out: profiles, sessions and endpoints would win over ours.
        """
        return {
            **dict.fromkeys(name for name in os.environ if name.startswith("AWS_")),
            **dict.fromkeys(
                (
                    "AWS_PROFILE",
                    "AWS_SESSION_TOKEN",
                    "PULUMI_ACCESS_TOKEN",
                    "PULUMI_CONFIG_PASSPHRASE_FILE",
                    "PULUMI_CREDENTIALS_PATH",
                    "PULUMI_DEBUG_PROVIDERS",
                )
            ),
            "PORT_BASE_URL": self.port_base_url,
            "PORT_CLIENT_ID": self.admin.client_id,
            "PORT_CLIENT_SECRET": self.admin.client_secret,
            "AWS_ENDPOINT_URL": self.aws_endpoint_url,
            "AWS_ACCESS_KEY_ID": "port-byollm-sandbox",
            "AWS_SECRET_ACCESS_KEY": "port-byollm-sandbox",
            "AWS_REGION": self.aws_region,
            "AWS_DEFAULT_REGION": self.aws_region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            **{API_KEY_VARIABLES[provider]: one.api_key for provider, one in self.upstreams.items()},
            "PULUMI_BACKEND_URL": f"file://{self.directory / local_stack.BACKEND}",
            "PULUMI_HOME": str(self.directory / local_stack.HOME),
            "PULUMI_CONFIG_PASSPHRASE": local_stack.PASSPHRASE,
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PORT_BYOLLM_SANDBOX_AWS_PLUGIN": self.aws_plugin_address,
            "PORT_BYOLLM_SANDBOX_PYTHON": sys.executable,
            **unproxied(os.environ),
        }

    def write_state(self) -> None:
        """Leave this where `status` finds it, readable by its owner alone, whole or not at all."""
        state = {**self.to_json(show_secrets=True), "pid": self.pid, "awsPlugin": self.aws_plugin_address}
        draft = self.directory / STATE_DRAFT
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(state, file, indent=2)
        draft.replace(self.directory / STATE)

    @classmethod
    def read_state(cls, directory: Path) -> Self | None:
        try:
            state = json.loads((directory / STATE).read_text())
        except FileNotFoundError:
            return None
        port, aws = state["port"], state["aws"]
        return cls(
            directory=directory,
            pid=state["pid"],
            port_base_url=port["baseUrl"],
            port_region=port["region"],
            admin=Credential(port["admin"]["clientId"], port["admin"]["clientSecret"]),
            member=Credential(port["member"]["clientId"], port["member"]["clientSecret"]),
            aws_endpoint_url=aws["endpointUrl"],
            aws_region=aws["region"],
            aws_account_id=aws["accountId"],
            aws_plugin_address=state["awsPlugin"],
            upstreams={
                provider: UpstreamAccess(one["baseUrl"], one["apiKey"])
                for provider, one in state["upstreams"].items()
            },
        )
