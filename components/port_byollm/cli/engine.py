"""`port-byollm engine`."""

import json
from pathlib import Path

import click

from port_byollm.cli.group import Group
from port_byollm.errors import PortByollmError

_LOCK = "requirements.lock"


@click.group(cls=Group)
def command() -> None:
    """Install the Pulumi engine, and show its provenance and SBOM."""


@command.command
def install() -> None:
    """Find a suitable `pulumi` on PATH, or install one into your cache.

    Downloads the official release. If that is not possible, builds the engine from its published Go module,
    which takes a few minutes, once. PORT_BYOLLM_CACHE sets another cache directory.
    """
    from port_byollm_engine.install import ensure

    engine = ensure()
    kind = "official release" if engine.official else "not an official release: for the stack local and tests"
    click.echo(f"{engine.path} (Pulumi {engine.version}, {kind})")


@command.command
def provenance() -> None:
    """Check every file of the installed engine, and print its provenance.

    The record is an in-toto statement with SLSA provenance, in JSON. A `pulumi` on PATH has none, because
    port-byollm did not install it.
    """
    from port_byollm_engine.install import ensure

    engine = ensure()
    if engine.provenance is None:
        raise PortByollmError(
            f"{engine.path} was not installed by port-byollm and has no provenance record; ask whoever put "
            "it on PATH, or remove it from PATH and run `port-byollm engine install`"
        )
    engine.provenance.check()
    click.echo(json.dumps(engine.provenance.statement, indent=2))


@command.command
@click.option(
    "--lock",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=f"The file that pins the Python distributions by hash. Default: the project's {_LOCK}.",
)
def sbom(lock: Path | None) -> None:
    """Print a CycloneDX bill of materials of what is installed, in JSON.

    It lists the Python distributions of this environment, the engine (with its Go modules if it was built
    here) and the plugin `aws`.
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
