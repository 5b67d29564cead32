"""`port-byollm engine`."""

import json
from pathlib import Path

import click

from port_byollm.cli.group import Group
from port_byollm.errors import PortByollmError

_LOCK = "requirements.lock"


@click.group(cls=Group)
def command() -> None:
    """Get the Pulumi engine onto this machine, and say what is installed."""


@command.command
def install() -> None:
    """Find a suitable `pulumi` on PATH, or install one into the user's cache.

    The official release is taken where it can be downloaded; else the engine is built from its published Go
    module, which takes some minutes, once. PORT_BYOLLM_CACHE names another folder for the cache.
    """
    from port_byollm_engine.install import ensure

    engine = ensure()
    kind = "official release" if engine.official else "not an official release: for the stack local and tests"
    click.echo(f"{engine.path} (Pulumi {engine.version}, {kind})")


@command.command
def provenance() -> None:
    """Check every file of the installed engine, and print where it comes from.

    The record is an in-toto statement with SLSA provenance, in JSON. A `pulumi` on PATH has none: that is for
    whoever installed it to say.
    """
    from port_byollm_engine.install import ensure

    engine = ensure()
    if engine.provenance is None:
        raise PortByollmError(
            f"{engine.path} was not installed by port-byollm, which knows nothing of its origin; ask whoever "
            "put it on PATH, or take it off to use one with a record (`port-byollm engine install`)"
        )
    engine.provenance.check()
    click.echo(json.dumps(engine.provenance.statement, indent=2))


@command.command
@click.option(
    "--lock",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=f"What pins the Python distributions, by hashes; by default the project's {_LOCK}.",
)
def sbom(lock: Path | None) -> None:
    """Print what is installed as a CycloneDX bill of materials, in JSON.

    That is: the Python distributions of this environment, the engine with the Go modules in it where it was
    built here, and the plugin `aws`.
    """
    from port_byollm_engine.install import ensure

    try:
        from port_byollm_engine import sbom
    except ModuleNotFoundError as error:
        raise PortByollmError(
            f"{error.name} is not installed; run `pip install 'port-byollm[sbom]'`"
        ) from error
    path = lock or _project_lock()
    bom = sbom.bill_of_materials(ensure(), sbom.read_lock(path) if path else {})
    click.echo(sbom.to_json(bom))


def _project_lock() -> Path | None:
    from port_byollm.project import project_file

    project = project_file(None)
    path = project.with_name(_LOCK) if project else None
    return path if path and path.is_file() else None
