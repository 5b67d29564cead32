"""The sandbox's process. `lifecycle.start` runs `python -m port_byollm_sandbox <directory> <lock> <ready>`.

`lock` and `ready` are inherited file descriptors: the lock that the process holds until it ends, and the pipe
through which it reports that it is ready.
"""

import asyncio
import os
import re
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path

ACCOUNT_ID = "111122223333"
REGION = "eu-west-1"
CHECK_SECONDS = 2.0


async def run(directory: Path, lock: int, ready: int) -> None:
    """Serve until a signal arrives, or the owner or the directory is gone, as nobody could stop it then."""
    from port_byollm_sandbox import http_server, local_stack
    from port_byollm_sandbox.aws.server import AwsServer
    from port_byollm_sandbox.aws_plugin.host import PluginHost
    from port_byollm_sandbox.lifecycle import OWNER, is_alive
    from port_byollm_sandbox.lock import LOCK
    from port_byollm_sandbox.port_emulator.app import Tenant, create_app
    from port_byollm_sandbox.port_emulator.organizations import Credential, Organization, Role
    from port_byollm_sandbox.port_emulator.validation.iam_reader import read_role
    from port_byollm_sandbox.sandbox import Sandbox, UpstreamAccess
    from port_byollm_sandbox.upstreams.server import Upstreams

    owner = _owner(os.environ.get(OWNER))
    ending = asyncio.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(signal_number, ending.set)

    async with AsyncExitStack() as stack:
        aws = AwsServer(ACCOUNT_ID, REGION)
        await asyncio.to_thread(aws.start)
        stack.push_async_callback(asyncio.to_thread, aws.stop)

        plugin = PluginHost(aws.endpoint_url)
        plugin_address = await plugin.start()
        stack.push_async_callback(plugin.stop)

        async def reset_aws_and_stack() -> None:
            await asyncio.to_thread(aws.reset)
            await asyncio.to_thread(local_stack.empty, directory)

        upstreams = Upstreams()
        await stack.enter_async_context(upstreams.serving())

        organization = Organization("sandbox", "Sandbox", "eu")
        credentials = {role: Credential.random() for role in Role}
        emulator = create_app(
            directory, Tenant(organization, credentials), aws.endpoint_url, upstreams, reset_aws_and_stack
        )
        port = await stack.enter_async_context(http_server.serving(emulator))

        Sandbox(
            directory=directory,
            pid=os.getpid(),
            port_base_url=f"http://127.0.0.1:{port}",
            port_region=organization.port_region,
            admin=credentials[Role.ADMIN],
            member=credentials[Role.MEMBER],
            aws_endpoint_url=aws.endpoint_url,
            aws_region=REGION,
            aws_account_id=ACCOUNT_ID,
            aws_plugin_address=plugin_address,
            upstreams={
                provider: UpstreamAccess(upstreams.base_url(provider), upstream.api_key)
                for provider, upstream in upstreams.items()
            },
        ).write_state()
        os.write(ready, b"ready")
        os.close(ready)

        # moto's IAM and its client load on first use: load them now, while nobody waits.
        warming = asyncio.create_task(
            asyncio.to_thread(read_role, f"arn:aws:iam::{ACCOUNT_ID}:role/none", ACCOUNT_ID, aws.endpoint_url)
        )
        while not ending.is_set() and _is_ours(directory / LOCK, lock):
            if owner is not None and not is_alive(owner):
                break
            try:
                await asyncio.wait_for(ending.wait(), CHECK_SECONDS)
            except TimeoutError:
                continue
        await asyncio.wait([warming])


def _is_ours(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _owner(text: str | None) -> int | None:
    """Parse the id of the owner's process. Raises SandboxError if `text` is not a process id."""
    from port_byollm_sandbox.errors import SandboxError
    from port_byollm_sandbox.lifecycle import OWNER

    if not text:
        return None
    if not re.fullmatch("[1-9][0-9]*", text):
        raise SandboxError(
            f"{OWNER}: {text!r} is not a process id; set it to that of a running process, or unset it"
        )
    return int(text)


def main() -> None:
    if os.fork():
        os._exit(0)  # detach: the starter may keep running and never reap this process
    directory, lock, ready = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    for descriptor in (lock, ready):
        os.set_inheritable(descriptor, False)
    os.write(lock, str(os.getpid()).encode())
    os.umask(0o077)
    asyncio.run(run(directory, lock, ready))


if __name__ == "__main__":
    main()
