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
    help="The import file to write. Default: adopt-<stack>.json.",
)
@click.option("--yes", "-y", is_flag=True, help="Also import everything into the state.")
def command(stack: Stack, file: Path | None, yes: bool) -> None:
    """Adopt an existing setup into a stack.

    Finds the organization's providers, the secrets they name, its default and, for Bedrock, the role in AWS.
    Writes the matching configuration and the file for `pulumi import`; with --yes, also imports into the
    state. Changes nothing in Port and AWS. The next `pulumi up` has nothing to change.
    """
    config = stack.config()
    _check_program(stack, config)
    state = stack.resources()
    with stack.environment():
        # Resources of another account or organization must not get into this stack's state.
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
    count = sum(each.id is not None for each in imports)
    click.echo(f"Wrote {path}. Resources to import into the state: {count}.")
    options = f"--stack {stack.name}" + (f" --config-file {stack.config_file}" if stack.config_file else "")
    next_steps = [f"port-byollm pulumi up {options}"]
    if yes:
        _import(stack, imports, path)
    else:
        next_steps.insert(0, f"port-byollm adopt {options} --file {path} --yes")
    click.echo("\n  ".join(["Next:", *next_steps]))
    if "byollm:target" in config and not any(each["type"] == _OWNERSHIP for each in state):
        click.echo("The update marks them in Port as this stack's (byollm:target), and changes nothing else.")


def _check_program(stack: Stack, config: Mapping[str, Any]) -> None:
    """Raise PortByollmError if the stack runs another program, whose next update would delete the imports."""
    from port_byollm.stack_config import PREFIX

    if not any(key.startswith(PREFIX) for key in config):
        raise PortByollmError(
            f"the configuration of the stack {stack.name} has no {PREFIX} key, so the stack does not run "
            "port-byollm's own program; for a program of your own, use `pulumi import`"
        )


def _import(stack: Stack, imports: Sequence[Import], file: Path) -> None:
    """Import `imports`, whose import file is `file`, into the state."""
    if any(each.is_imported for each in imports):
        # The program already exists, so no code is needed. `pulumi destroy` would refuse protected resources.
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
    """Subject, and a reason without a full stop."""


async def _find(stack: Stack, config: Mapping[str, Any], state: Sequence[Mapping[str, Any]]) -> _Found:
    """Find what the organization has and the state lacks, entirely or in part."""
    from port_byollm.cli.stack.organization import port_client
    from port_byollm.stack_config import parse

    found = _Found()
    # The sections that are about to be written need not be valid yet.
    bounds = parse(config, "target", "dataResidency")

    def add(adoption: Adoption) -> None:
        if missing(adoption.imports, state):
            found.adoptions.append(adoption)

    def leave_out(resource_id: str, subject: str, reason: CannotAdopt) -> None:
        # Do not report what the stack itself has created, which adopting need not support.
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


async def _check_owner(port: "PortClient", section: str, state: Sequence[Mapping[str, Any]]) -> None:
    """Raise CannotAdopt if another stack manages it: destroying this stack would remove it there."""
    if any(section in each["outputs"]["manages"] for each in state if each["type"] == _OWNERSHIP):
        return
    name = secret_name(section)
    if claim := await port.secrets.get(name):
        raise CannotAdopt(
            f"it is managed by {owner_in(claim.description)}; first remove it from byollm:target.manages "
            f"there. If that owner no longer exists, delete the secret {name} in Port"
        )


async def _adopt(
    registered: "LlmProvider", port: "PortClient", config: Mapping[str, Any], bounds: "StackConfig"
) -> Adoption:
    from port_byollm.cli.adopt import api_key

    provider = registered.provider
    names = {str(value) for key, value in registered.config.items() if key.endswith("SecretName") and value}
    for name in sorted(names):
        if await port.secrets.get(name) is None:
            raise CannotAdopt(f"its secret {name} is not in Port; create it first")
    if provider in api_key.COMPONENTS:
        return api_key.adopt(registered, config.get(f"byollm:{provider}"))
    if provider == "bedrock":
        return _adopt_bedrock(registered, config.get("aws:profile"), bounds)
    raise CannotAdopt(
        "a stack's configuration has no section for it; adopt it in a program of your own with LlmProvider "
        f"and `pulumi import port-byollm:index:LlmProvider NAME {provider}`"
    )


def _adopt_bedrock(registered: "LlmProvider", profile: str | None, bounds: "StackConfig") -> Adoption:
    import boto3

    from port_byollm.cli.adopt import bedrock
    from port_byollm.cli.adopt.role import read_role

    arn = bedrock.role_arn(registered)
    account = bounds.target.aws_account_id if bounds.target else None
    if account not in (None, arns.parse(arn).account):
        raise CannotAdopt(f"its role is {arn}, but byollm:target.awsAccountId is {account}")
    session = boto3.Session(profile_name=profile, region_name=registered.config["region"])
    residency = bounds.data_residency
    adoption = bedrock.adopt(registered, read_role(session, arn), residency)
    geography = adoption.config["byollm:bedrock"]["geography"]
    if residency not in (None, geography):
        raise CannotAdopt(f"its policies are for {geography}, but byollm:dataResidency is {residency}")
    return adoption


def _adopt_defaults(
    defaults: "LlmDefaults",
    providers: Sequence["LlmProvider"],
    present: Mapping[str, Any],
    bounds: "StackConfig",
) -> Adoption:
    """`present` is the configuration's section, as it is now."""
    provider, model = defaults.provider, defaults.model
    registered = next((each for each in providers if each.provider == provider), None)
    if registered and model not in registered.effective_models:
        raise CannotAdopt(f"it is {model} of {provider}, where it is not enabled; choose another first")
    on_removal, remarks = present.get("onRemoval", ON_REMOVAL), []
    if on_removal == "restore":
        remarks.append(
            "The previous default is not known: destroying the stack leaves Port's system default."
        )
        if bounds.data_residency:
            on_removal, remarks = (
                "keep",
                ["With byollm:dataResidency, the default stays when the stack is destroyed."],
            )
    # Port does not store these; they matter when the defaults are removed.
    unstored = {"onRemoval": on_removal}
    if bounds.data_residency:
        unstored["dataResidency"] = bounds.data_residency
    return Adoption(
        f"{model} of {provider} as the default",
        {"byollm:defaults": {"provider": provider, "model": model, "onRemoval": on_removal}},
        [Import("port-byollm:index:LlmDefaults", "defaults", "defaults", state=State(unstored, unstored))],
        remarks,
    )


def _settings(adoptions: Sequence[Adoption], present: Mapping[str, Any]) -> dict[str, Any]:
    """Return full key -> value for the settings to change. An empty one that is missing stays missing."""
    wanted = {key: value for adoption in adoptions for key, value in adoption.config.items()}
    return {key: value for key, value in wanted.items() if present.get(key, {}) != value}


def _entry(value: Any) -> dict[str, Any]:
    """Return a setting in the format of `pulumi config set-all --json`."""
    if isinstance(value, str):
        return {"value": value}
    return {"value": json.dumps(value), "objectValue": value}
