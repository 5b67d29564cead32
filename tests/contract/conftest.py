import asyncio
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Event, Thread

import pytest
from starlette.applications import Starlette

from port_byollm_sandbox import http_server
from port_byollm_sandbox.aws.server import AwsServer
from port_byollm_sandbox.port_emulator.app import Tenant, create_app
from port_byollm_sandbox.port_emulator.organizations import Credential, Organization, Role
from port_byollm_sandbox.upstreams.server import Upstreams

from .target import VARIABLES, RefusedError, Target, log_in, real

CREDENTIALS = {role: Credential(f"{role}-id", f"{role}-secret") for role in Role}


@contextmanager
def serving(app: Starlette, upstreams: Upstreams) -> Iterator[str]:
    """The base URL of an emulator that runs on a thread of its own, as tests of the contract block."""
    started, ending = Event(), Event()
    ports: list[int] = []

    async def serve() -> None:
        async with upstreams.serving(), http_server.serving(app) as port:
            ports.append(port)
            started.set()
            await asyncio.to_thread(ending.wait)

    thread = Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert started.wait(10)
        yield f"http://127.0.0.1:{ports[0]}"
    finally:
        ending.set()
        thread.join()


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory, running_aws: AwsServer) -> Iterator[Target]:
    upstreams = Upstreams()
    tenant = Tenant(Organization("acme", "Acme", "eu"), CREDENTIALS)
    app = create_app(tmp_path_factory.mktemp("emulator"), tenant, running_aws.endpoint_url, upstreams)
    with serving(app, upstreams) as base_url:
        admin = CREDENTIALS[Role.ADMIN]
        with closing(log_in(base_url, admin.client_id, admin.client_secret, is_emulator=True)) as target:
            yield target


@pytest.fixture(scope="session", params=["emulator", "organization"])
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """The emulator, then the organization that the environment names."""
    if request.param == "emulator":
        yield request.getfixturevalue("emulator")
        return
    try:
        organization = real(os.environ)
    except RefusedError as error:
        pytest.exit(f"the contract suite refuses: {error}", returncode=pytest.ExitCode.USAGE_ERROR)
    if organization is None:
        pytest.skip(f"no organization of Port's to test against: {', '.join(VARIABLES)} are not set")
    with closing(organization):
        yield organization


@pytest.fixture
def member(target: Target) -> Target:
    """The same organization, for one of its members."""
    if not target.is_emulator:
        pytest.skip("there are no credentials of a member")
    credential = CREDENTIALS[Role.MEMBER]
    return log_in(target.base_url, credential.client_id, credential.client_secret)
