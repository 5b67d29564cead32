"""The files of the stack `local` in the sandbox's directory: its state, and the engine's PULUMI_HOME."""

import shlex
import shutil
from importlib.metadata import version
from pathlib import Path

BACKEND = "pulumi"
HOME = "home"
CONTENTS = (BACKEND, HOME)
PASSPHRASE = "port-byollm-sandbox"  # noqa: S105 - protects nothing: `Pulumi.local.yaml` is encrypted with it
AWS_PLUGIN = Path(__file__).parent / "aws_plugin" / "bin" / "pulumi-resource-aws"


def empty(directory: Path) -> None:
    """Create an empty backend, and a PULUMI_HOME with the sandbox's `aws` plugin as its only plugin."""
    remove(directory)
    for name in CONTENTS:
        (directory / name).mkdir(mode=0o700)
    # Installed as the version that the SDK requires: the engine warns in every run about a plugin on PATH.
    installed = directory / HOME / "plugins" / f"resource-aws-v{version('pulumi-aws')}"
    installed.mkdir(parents=True)
    launcher = installed / AWS_PLUGIN.name
    launcher.write_text(f'#!/bin/sh\nexec {shlex.quote(str(AWS_PLUGIN))} "$@"\n')
    launcher.chmod(0o755)


def remove(directory: Path) -> None:
    for name in CONTENTS:
        if (directory / name).exists():
            shutil.rmtree(directory / name)
