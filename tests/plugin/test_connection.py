import asyncio

import pytest

from port_byollm.plugin.connection import Connection, Interrupted


async def test_interruption_ends_what_waits_and_what_would() -> None:
    connection = Connection()
    waiting = asyncio.create_task(connection.sleep(60))
    await asyncio.sleep(0)
    connection.cancel()
    for wait in (waiting, connection.sleep(60)):
        with pytest.raises(Interrupted, match="run `pulumi up` again"):
            await asyncio.wait_for(wait, 5)


async def test_undisturbed_wait_ends_by_itself() -> None:
    await Connection().sleep(0)
