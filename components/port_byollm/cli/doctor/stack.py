"""The checks of the stack itself: its program, in a preview, and its state."""

from collections.abc import Iterator
from datetime import date

from port_byollm.cli.doctor.finding import Finding, ok, problem, unknown
from port_byollm.cli.stack.plan import Plan
from port_byollm.cli.stack.stack import Stack
from port_byollm.cli.stack.state import State
from port_byollm.errors import ConfigError, PortByollmError

_PREVIEW = "preview"
_EXTERNAL_ID = "external ID"


def check_stack(stack: Stack, plan: Plan, today: date) -> Iterator[Finding]:
    """Run every check of the stack."""
    yield from _preview(stack)
    try:
        yield from _external_id(State.of(stack), plan, today)
    except ConfigError as error:
        yield problem(error.field, error.problem, error.way_out)
    except PortByollmError as error:
        yield unknown("state", str(error), "fix that first")


def _preview(stack: Stack) -> Iterator[Finding]:
    """Check the configuration by a preview: only the program knows all its keys and their values."""
    try:
        errors = stack.preview_errors()
    except PortByollmError as error:
        yield unknown(_PREVIEW, str(error), "fix that first")
        return
    for message in errors:
        yield problem(_PREVIEW, message, f"`port-byollm pulumi preview --stack {stack.name}` shows all of it")
    if not errors:
        yield ok(_PREVIEW, "the program accepts the configuration")


def _external_id(state: State, plan: Plan, today: date) -> Iterator[Finding]:
    until = plan.previous_until()
    if state.external_id is None or not state.external_id.previous:
        return
    accepted = f"previous values still accepted: {state.external_id.previous}"
    if until is None:
        yield ok(_EXTERNAL_ID, f"{accepted}, with no last day; `port-byollm rotate external-id` drops it")
    elif until < today:
        yield problem(
            _EXTERNAL_ID,
            f"{accepted}, although the last day was {until}",
            "`port-byollm rotate external-id` drops it",
        )
    else:
        yield ok(_EXTERNAL_ID, f"{accepted}, until {until}")
