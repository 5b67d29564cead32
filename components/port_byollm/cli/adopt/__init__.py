"""`port-byollm adopt`."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from port_byollm.cli.adopt.finding import Adoption, CannotAdopt
from port_byollm.cli.adopt.imports import Import, State, import_file, missing, write
from port_byollm.cli.stack.stack import Stack, takes_stack
from port_byollm.cli.stack.target import check_account, check_organization
from port_byollm.defaults import ON_REMOVAL
from port_byollm.errors import PortByollmError
from port_byollm.iam import arns
from port_byollm.mark import owner_in, secret_name

if TYPE_CHECKING:
    from port_byollm.client.port import PortClient
    from port_byollm.client.wire import LlmDefaults, LlmProvider
    from port_byollm.stack_config import StackConfig

_OWNERSHIP = "port-byollm:index:Ownership"
_REMOTE = ("port-byollm:index:LlmProvider", "port-byollm:index:LlmDefaults")


@click.command
@takes_stack
@click.option(
    "--file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the import file; adopt-<stack>.json here by default.",
)
@click.option("--yes", "-y", is_flag=True, help="Take it all into the state too.")
def command(stack: Stack, file: Path | None, yes: bool) -> None:
    """Take what the organization already has into the stack.

    Finds its providers, the secrets they name, its default, and for Bedrock the role in AWS; writes the file
    for `pulumi import` and the configuration that matches; with --yes, the state too. Nothing is changed in
    Port and AWS. `pulumi up` has nothing to do after it.
    """
    config = stack.config()
    _check_program(stack, config)
    state = stack.resources()
    with stack.environment():
        # What another account or organization has must not become this stack's state.
        check_account(config)
        found = asyncio.run(_find(stack, config, state))
    for subject, reason in found.left_out:
        click.echo(f"Left out {subject}: {reason}.\n")
    if not found.adoptions:
        click.echo(f"There is nothing to adopt that the stack {stack.name} does not have already.")
        return
    settings = _settings(found.adoptions, config)
    if settings:
        entries = {key: _entry(value) for key, value in settings.items()}
        stack.edit_config("set-all", "--json", json.dumps(entries))
    imports = missing([each for adoption in found.adoptions for each in adoption.imports], state)
    path = file or Path(f"adopt-{stack.name.replace('/', '-')}.json")
    path.write_text(json.dumps(import_file(imports, state), indent=2) + "\n")

    click.echo(f"Found {', '.join(adoption.subject for adoption in found.adoptions)}.")
    for adoption in found.adoptions:
        for remark in adoption.remarks:
            click.echo(f"  {remark}")
    click.echo(f"Set in the configuration: {', '.join(settings) or 'nothing, it matches'}.")
    things = sum(each.id is not None for each in imports)
    click.echo(f"Wrote {path}. Things to take into the state: {things}.")
    options = f"--stack {stack.name}" + (f" --config-file {stack.config_file}" if stack.config_file else "")
    next_steps = [f"port-byollm pulumi up {options}"]
    if yes:
        _take_in(stack, imports, path)
    else:
        next_steps.insert(0, f"port-byollm adopt {options} --file {path} --yes")
    click.echo("\n  ".join(["Next:", *next_steps]))
    if "byollm:target" in config and not any(each["type"] == _OWNERSHIP for each in state):
        click.echo("The update marks them in Port as this stack's (byollm:target), and changes nothing else.")


def _check_program(stack: Stack, config: Mapping[str, Any]) -> None:
    """Raises PortByollmError where the stack's program is another one: its next update would delete whatever
    is imported for ours."""
    from port_byollm.stack_config import PREFIX

    if not any(key.startswith(PREFIX) for key in config):
        raise PortByollmError(
            f"the configuration of the stack {stack.name} has no {PREFIX} key, which the program that comes "
            "with port-byollm takes; for a program of your own, use `pulumi import`"
        )


def _take_in(stack: Stack, imports: Sequence[Import], file: Path) -> None:
    """Have the state hold `imports`, of which `file` is the import file."""
    if any(each.is_imported for each in imports):
        # Code would be of no use: the program is there. What is protected, `pulumi destroy` would refuse.
        _run(stack, "import", "--file", str(file), "--generate-code=false", "--protect=false")
    if any(each.state for each in imports):
        stack.edit_state(partial(write, imports))


def _run(stack: Stack, *arguments: str) -> None:
    if code := stack.run(*arguments, "--yes", "--skip-preview"):
        raise SystemExit(code)


@dataclass
class _Found:
    adoptions: list[Adoption] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    """Subject, and a reason without its full stop."""


async def _find(stack: Stack, config: Mapping[str, Any], state: Sequence[Mapping[str, Any]]) -> _Found:
    """What the organization has and the state has not, or not all of."""
    from port_byollm.cli.stack.organization import port_client
    from port_byollm.stack_config import parse

    found = _Found()
    # The sections that are about to be written need not hold yet.
    bounds = parse(config, "target", "dataResidency")

    def add(adoption: Adoption) -> None:
        if missing(adoption.imports, state):
            found.adoptions.append(adoption)

    def leave_out(resource_id: str, subject: str, reason: CannotAdopt) -> None:
        # What the stack has made need not be what an adoption understands.
        if not any(each.get("id") == resource_id and each["type"] in _REMOTE for each in state):
            found.left_out.append((subject, str(reason)))

    async with port_client(stack, config) as port:
        await check_organization(port, config)
        defaults, providers = await asyncio.gather(
            port.llm_providers.get_defaults(), port.llm_providers.all()
        )
        for registered in providers:
            if registered.provider == "port" or registered.provider not in bounds.managed:
                continue
            try:
                await _check_owner(port, registered.provider, state)
                add(await _adopt(registered, port, config, bounds))
            except CannotAdopt as error:
                leave_out(registered.provider, registered.provider, error)
        if defaults.is_organizations and "defaults" in bounds.managed:
            try:
                await _check_owner(port, "defaults", state)
                add(_adopt_defaults(defaults, providers, config.get("byollm:defaults") or {}, bounds))
            except CannotAdopt as error:
                leave_out("defaults", "the default", error)
    return found


async def _check_owner(port: "PortClient", thing: str, state: Sequence[Mapping[str, Any]]) -> None:
    """Raises CannotAdopt where another stack manages it: a `pulumi destroy` of this one would remove it."""
    if any(thing in each["outputs"]["manages"] for each in state if each["type"] == _OWNERSHIP):
        return
    name = secret_name(thing)
    if claim := await port.secrets.get(name):
        raise CannotAdopt(
            f"it is managed by {owner_in(claim.description)}; take it out of byollm:target.manages there "
            f"first. If that owner is gone for good, delete the secret {name} in Port"
        )


async def _adopt(
    registered: "LlmProvider", port: "PortClient", config: Mapping[str, Any], bounds: "StackConfig"
) -> Adoption:
    from port_byollm.cli.adopt import api_key

    provider = registered.provider
    names = {str(value) for key, value in registered.config.items() if key.endswith("SecretName") and value}
    for name in sorted(names):
        if await port.secrets.get(name) is None:
            raise CannotAdopt(f"its secret {name} is not in Port; put it there first")
    if provider in api_key.COMPONENTS:
        return api_key.adopt(registered, config.get(f"byollm:{provider}"))
    if provider == "bedrock":
        return _adopt_bedrock(registered, config.get("aws:profile"), bounds)
    raise CannotAdopt(
        "a stack's configuration has no section for it; a program of your own takes it over with LlmProvider "
        f"and `pulumi import port-byollm:index:LlmProvider NAME {provider}`"
    )


def _adopt_bedrock(registered: "LlmProvider", profile: str | None, bounds: "StackConfig") -> Adoption:
    import boto3

    from port_byollm.cli.adopt import bedrock
    from port_byollm.cli.adopt.role import read_role

    arn = bedrock.role_arn(registered)
    account = bounds.target.aws_account_id if bounds.target else None
    if account not in (None, arns.parse(arn).account):
        raise CannotAdopt(f"its role is {arn}, and byollm:target.awsAccountId is {account}")
    session = boto3.Session(profile_name=profile, region_name=registered.config["region"])
    residency = bounds.data_residency
    adoption = bedrock.adopt(registered, read_role(session, arn), residency)
    geography = adoption.config["byollm:bedrock"]["geography"]
    if residency not in (None, geography):
        raise CannotAdopt(f"its policies are for {geography}, and byollm:dataResidency is {residency}")
    return adoption


def _adopt_defaults(
    defaults: "LlmDefaults",
    providers: Sequence["LlmProvider"],
    present: Mapping[str, Any],
    bounds: "StackConfig",
) -> Adoption:
    """`present` is what the configuration says of it already."""
    provider, model = defaults.provider, defaults.model
    registered = next((each for each in providers if each.provider == provider), None)
    if registered and model not in registered.effective_models:
        raise CannotAdopt(f"it is {model} of {provider}, where it is not enabled; choose another first")
    on_removal, remarks = present.get("onRemoval", ON_REMOVAL), []
    if on_removal == "restore":
        remarks.append(
            "What the default was before is not known: when the stack goes, the system's own takes its place."
        )
        if bounds.data_residency:
            on_removal, remarks = (
                "keep",
                ["With byollm:dataResidency, the default stays when the stack goes."],
            )
    # Port knows nothing of it; it matters once they are removed.
    noted = {"onRemoval": on_removal}
    if bounds.data_residency:
        noted["dataResidency"] = bounds.data_residency
    return Adoption(
        f"{model} of {provider} as the default",
        {"byollm:defaults": {"provider": provider, "model": model, "onRemoval": on_removal}},
        [Import("port-byollm:index:LlmDefaults", "defaults", "defaults", state=State(noted, noted))],
        remarks,
    )


def _settings(adoptions: Sequence[Adoption], present: Mapping[str, Any]) -> dict[str, Any]:
    """Full key -> value, where the configuration says otherwise; what is empty and not there stays away."""
    wanted = {key: value for adoption in adoptions for key, value in adoption.config.items()}
    return {key: value for key, value in wanted.items() if present.get(key, {}) != value}


def _entry(value: Any) -> dict[str, Any]:
    """A setting as `pulumi config set-all --json` takes it."""
    if isinstance(value, str):
        return {"value": value}
    return {"value": json.dumps(value), "objectValue": value}
