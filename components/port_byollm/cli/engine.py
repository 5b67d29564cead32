"""`port-byollm engine`."""

import click


@click.group
def command() -> None:
    """Get the Pulumi engine onto this machine."""


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
