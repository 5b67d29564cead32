"""Write the golden states of the version that is checked out, before it is released.

    python -m tests.stacks.golden

Each is what `up` leaves in a sandbox, as `pulumi stack export` gives it: `<version>/<name>.json`, with its
configuration beside it as a user of that release has written it. Secrets are encrypted with the sandbox's
passphrase, which is no secret, and are the sandbox's own: it is gone when this ends.
"""

import json
import sys
import tempfile
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.project import copy_of_project
from tests.stacks.conftest import Local
from tests.stacks.environment import Sandbox

ORGANIZATION, BASE_URL = "acme", "https://api.port.io"
SONNET, HAIKU = "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"
# What was deployed stays deployed after a model's end of life.
BEDROCK: dict[str, Any] = {"geography": "eu", "models": [SONNET, HAIKU], "allowEndOfLife": True}
COMMON: dict[str, Any] = {
    "target": {"awsAccountId": "111122223333", "portOrganization": ORGANIZATION},
    "defaults": {"provider": "bedrock", "model": SONNET, "onRemoval": "restore"},
    "tags": {"team": "platform"},
}
USE_CASE = {
    "companyName": "Acme",
    "companyWebsite": "https://acme.example",
    "intendedUsers": "0",
    "industryOption": "Software",
    "useCases": "Answers in the developer portal",
}
API_KEYS: dict[str, dict[str, Any]] = {
    "openai": {},
    "anthropic": {"apiKeySecretName": "claude"},
    "azure-openai": {"resourceName": "acme", "deploymentId": "gpt-5"},
}
# The configurations that each stack is brought up with, one after the other.
STACKS: dict[str, list[dict[str, Any]]] = {
    "role": [
        {
            "bedrock": BEDROCK
            | {
                "externalId": {"rotation": rotation},
                "modelAccess": {"useCase": USE_CASE, "marketplace": True},
            },
            **API_KEYS,
        }
        for rotation in ("1", "2")
    ],
    "access-keys": [
        {"bedrock": BEDROCK | {"auth": "access-keys", "accessKeys": {"rotation": rotation}}}
        for rotation in ("1", "2")
    ],
}


def write(stack: str, folder: Path) -> None:
    """Bring `stack` up in a sandbox of its own, and keep its state and its configuration in `folder`."""
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as closing:
        local = Local(Path(scratch), closing, Path(scratch, "new-stack"))
        local.command("sandbox", "start")
        closing.callback(local.command, "sandbox", "stop")
        sandbox = Sandbox(local, copy_of_project(Path(scratch)))
        credentials = [sandbox.organization(ORGANIZATION)["admin"]]

        def pulumi(*arguments: str) -> str:
            done = sandbox.run("pulumi", *arguments, "--stack", stack, credentials=credentials)
            if done.returncode:
                sys.exit(f"pulumi {arguments[0]} of {stack} fails:\n{done.stdout}{done.stderr}")
            return done.stdout

        pulumi("stack", "init", "--no-select")
        for configuration in STACKS[stack]:
            sandbox.configure(stack, **COMMON, **configuration)
            for provider in API_KEYS.keys() & configuration.keys():
                key = local.sandbox()["upstreams"][provider]["apiKey"]
                pulumi("config", "set", "--secret", "--path", f"byollm:{provider}.apiKey", key)
            pulumi("up", "--yes", "--skip-preview", "--non-interactive")
        state = json.loads(pulumi("stack", "export"))
        written = (sandbox.project / f"stacks/Pulumi.{stack}.yaml").read_text()
    for resource in state["deployment"]["resources"]:
        for where in ("sourcePosition", "stackTrace"):  # in the files of whoever writes this
            resource.pop(where, None)
    folder.mkdir(exist_ok=True)
    # Where a sandbox listens is its own matter; a user's stack has Port's own address.
    sandbox_url = local.sandbox()["port"]["baseUrl"]
    folder.joinpath(f"{stack}.json").write_text(
        json.dumps(state, indent=1).replace(sandbox_url, BASE_URL) + "\n"
    )
    folder.joinpath(f"{stack}.yaml").write_text(written.replace(sandbox_url, BASE_URL))


if __name__ == "__main__":
    for name in STACKS:
        write(name, Path(__file__).with_name(version("port-byollm")))
