"""A running sandbox: its addresses and credentials, and the environment of its `local` stack."""

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
"""Provider -> the variable in which the vendor's tools expect the key; `local` has the sandbox's in it."""


@dataclass(frozen=True)
class UpstreamAccess:
    """The base URL of a vendor's emulated API, and a key that it accepts."""

    base_url: str
    api_key: str = field(repr=False)


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox: its addresses, and the credentials created for this run."""

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
    """Port's name of the provider -> its emulated API."""

    def to_json(self, show_secrets: bool = False) -> dict[str, Any]:
        """Return the output of `sandbox status --json`, with client secrets only if `show_secrets` is set."""

        def shown(credential: Credential) -> dict[str, str]:
            return credential.to_json() if show_secrets else {"clientId": credential.client_id}

        return {
            "running": True,
            "port": {
                "baseUrl": self.port_base_url,
                "region": self.port_region,
                "admin": shown(self.admin),
                "member": shown(self.member),
            },
            "aws": {
                "endpointUrl": self.aws_endpoint_url,
                "region": self.aws_region,
                "accountId": self.aws_account_id,
            },
            "upstreams": {
                provider: {"baseUrl": access.base_url} | ({"apiKey": access.api_key} if show_secrets else {})
                for provider, access in self.upstreams.items()
            },
        }

    def environment(self) -> dict[str, str | None]:
        """Return the environment variables of the `local` stack; None means that a variable must be unset.

        All of the user's `AWS_…` are unset: profiles, sessions and endpoints would override the sandbox's.
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
            **{API_KEY_VARIABLES[provider]: access.api_key for provider, access in self.upstreams.items()},
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
        """Write the file that `status` reads: atomically, and readable only by its owner."""
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
                provider: UpstreamAccess(access["baseUrl"], access["apiKey"])
                for provider, access in state["upstreams"].items()
            },
        )
