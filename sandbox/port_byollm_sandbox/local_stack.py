"""The stack `local`, as far as it is in the sandbox's directory: its state, and a home for the engine."""

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
    """Forget the `local` stack: an empty backend, a home for the engine with our `aws` plugin alone."""
    remove(directory)
    for name in CONTENTS:
        (directory / name).mkdir(mode=0o700)
    # As if it were installed, in the version that the SDK asks for: of one on PATH the engine warns in
    # every run.
    installed = directory / HOME / "plugins" / f"resource-aws-v{version('pulumi-aws')}"
    installed.mkdir(parents=True)
    launcher = installed / AWS_PLUGIN.name
    launcher.write_text(f'#!/bin/sh\nexec {shlex.quote(str(AWS_PLUGIN))} "$@"\n')
    launcher.chmod(0o755)


def remove(directory: Path) -> None:
    for name in CONTENTS:
        if (directory / name).exists():
            shutil.rmtree(directory / name)
