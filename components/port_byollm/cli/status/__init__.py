"""`port-byollm status`: a module each for what a request gets, what Port has and what the stack manages."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from port_byollm.cli.stack.stack import Stack, takes_stack

if TYPE_CHECKING:
    from port_byollm.cli.status.managed import Managed
    from port_byollm.cli.status.providers import Providers
    from port_byollm.cli.status.request import Request


@click.command
@takes_stack
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(stack: Stack, as_json: bool) -> None:
    """Show which provider and model a request to Port AI gets, and why.

    Also shows the organization's providers and their models, what the stack manages, and the progress of the
    external ID's rotation. Only reads from Port: a member's credentials suffice.
    """
    status = asyncio.run(_ask(stack))
    if as_json:
        click.echo(json.dumps({"stack": stack.name, **status.to_json()}, indent=2))
    else:
        click.echo("\n".join(status.lines(date.today())))


@dataclass(frozen=True)
class Status:
    request: "Request"
    providers: "Providers"
    managed: "Managed"

    def to_json(self) -> dict[str, Any]:
        return {
            "request": self.request.to_json(),
            "providers": self.providers.to_json(),
            **self.managed.to_json(),
        }

    def lines(self, today: date) -> Iterator[str]:
        yield from self.request.lines()
        yield ""
        yield from self.providers.lines()
        yield ""
        yield from self.managed.lines(today)


async def _ask(stack: Stack) -> Status:
    from port_byollm.cli.stack.organization import port_client
    from port_byollm.cli.stack.plan import Plan
    from port_byollm.cli.stack.state import State
    from port_byollm.cli.status.managed import Managed
    from port_byollm.cli.status.providers import Providers
    from port_byollm.cli.status.request import Request

    plan, state = Plan.of(stack), State.of(stack)
    secret_name = state.external_id.secret_name if state.external_id else None
    with stack.environment():
        async with port_client(stack, plan.config) as port:
            defaults, registered, secret = await asyncio.gather(
                port.llm_providers.get_defaults(),
                port.llm_providers.all(),
                port.secrets.get(secret_name) if secret_name else asyncio.sleep(0),
            )
    return Status(
        Request.of(defaults, registered),
        Providers(registered, state.providers()),
        Managed(stack.name, plan, state, secret),
    )
