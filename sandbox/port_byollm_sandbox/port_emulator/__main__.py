"""Run Port's emulator on its own, with its state kept: `python -m port_byollm_sandbox.port_emulator`."""

import asyncio
import errno
import os
import re
import signal
from pathlib import Path

import click

from port_byollm.errors import PortByollmError
from port_byollm_sandbox import http_server
from port_byollm_sandbox.port_emulator.access import Access
from port_byollm_sandbox.port_emulator.app import create_app
from port_byollm_sandbox.upstreams.server import Upstreams

EVERYWHERE = "0.0.0.0"  # noqa: S104 - only with --listen-publicly


def _url(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"https?://[^/\s]+/?", value):
        raise click.BadParameter(f"{value!r} is not of the form http://HOST:PORT")
    return value


@click.command
@click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder for its state; created if missing.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Default: any free port.")
@click.option(
    "--aws-endpoint-url",
    callback=_url,
    help="Endpoint of the AWS for testing Bedrock connections, such as moto's server.",
)
@click.option(
    "--listen-publicly",
    is_flag=True,
    help="Let other machines reach Port's API, over plain HTTP. Default: only this machine.",
)
def main(directory: Path, port: int, aws_endpoint_url: str | None, listen_publicly: bool) -> None:
    """Serve Port's emulator until SIGINT or SIGTERM, and keep its state for the next start.

    It writes the credentials to emulator.json in the directory.
    """
    os.umask(0o077)
    host = EVERYWHERE if listen_publicly else http_server.LOOPBACK
    try:
        directory.mkdir(parents=True, exist_ok=True)
        asyncio.run(serve(directory, host, port, aws_endpoint_url))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise click.ClickException(str(error)) from None
        problem = f"another process listens on {host}:{port}; stop it, or choose another port"
        raise click.BadParameter(problem, param_hint="--port") from None
    except PortByollmError as error:
        raise click.ClickException(str(error)) from None


async def serve(directory: Path, host: str, port: int, aws_endpoint_url: str | None) -> None:
    """Serve until a signal arrives. Raises StoreError for an unusable directory, OSError for the address."""
    ending = asyncio.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(signal_number, ending.set)

    path = directory / "emulator.json"
    access = Access.kept_in(path)
    upstreams = Upstreams(access.api_keys)
    app = create_app(directory, access.tenant, aws_endpoint_url, upstreams)
    async with upstreams.serving(), http_server.serving(app, host, port) as bound:
        base_url = f"http://{http_server.LOOPBACK}:{bound}"
        access.write(path, base_url)
        click.echo(f"Port: {base_url}; credentials: {path}")
        await ending.wait()


if __name__ == "__main__":
    main()
