"""`port-byollm verify`: a module for each source of documents."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import click

from port_byollm.catalogue import GATEWAY_PRINCIPALS, GEOGRAPHIES
from port_byollm.cli.stack.stack import Stack, names_stack
from port_byollm.cli.verify.promise import Given, Scope
from port_byollm.cli.verify.report import EXIT_STATUS, to_json

_JSON_FILE = click.File(encoding="utf-8")


@click.command
@names_stack
@click.option("--preview", is_flag=True, help="Prove what an update would create, before anything exists.")
@click.option("--identity", metavar="ARN", help="Prove documents from files, as those of this role or user.")
@click.option("--trust", type=_JSON_FILE, help="The role's trust policy.")
@click.option(
    "--policy", "policies", type=_JSON_FILE, multiple=True, help="A policy of the role or user; repeatable."
)
@click.option("--boundary", type=_JSON_FILE, help="The permissions boundary.")
@click.option("--model", "models", multiple=True, help="An enabled model; repeatable.")
@click.option("--region", help="The AWS region in which Port calls the models.")
@click.option("--guardrail", metavar="ARN[:VERSION]", help="The guardrail that Port applies.")
@click.option(
    "--geography",
    type=click.Choice(GEOGRAPHIES),
    help="The geography of the profiles. Default: the region's.",
)
@click.option(
    "--scope",
    type=click.Choice(["pinned", "documented"]),
    help="The scope of the policies. Default: that of the stack, or pinned.",
)
@click.option(
    "--port-region",
    type=click.Choice([*GATEWAY_PRINCIPALS]),
    help="The Port region whose gateway may assume the role. Default: that of the residency, or all.",
)
@click.option(
    "--scp",
    "scps",
    type=_JSON_FILE,
    multiple=True,
    help="The SCPs of a level, from the root down; repeatable.",
)
@click.option(
    "--rcp",
    "rcps",
    type=_JSON_FILE,
    multiple=True,
    help="The RCPs of a level, from the root down; repeatable.",
)
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Also write an HTML page.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    name: str | None,
    config_file: Path | None,
    preview: bool,
    identity: str | None,
    trust: TextIO | None,
    policies: Sequence[TextIO],
    boundary: TextIO | None,
    models: Sequence[str],
    region: str | None,
    guardrail: str | None,
    geography: str | None,
    scope: Scope | None,
    port_region: str | None,
    scps: Sequence[TextIO],
    rcps: Sequence[TextIO],
    html: Path | None,
    as_json: bool,
) -> None:
    """Prove who may use Bedrock and how, and that nothing else is possible.

    Reads back from AWS what the stack has deployed; with --preview, takes what an update would create. With
    --identity, reads documents from files, and needs no stack, engine or account.

    Exits with 0 if the proof holds, 1 if it fails, and 3 if nothing fails but something is unknown.
    """
    # Imported late: a refused command line does not need them.
    from port_byollm.cli.verify.control_policies import resource_control_policies, service_control_policies
    from port_byollm.proof import prove

    needed = {"--policy": policies, "--model": models, "--region": region}
    further = {"--trust": trust, "--boundary": boundary, "--guardrail": guardrail}
    stack_options = {"--stack": name, "--config-file": config_file, "--preview": preview}
    given = Given(geography, scope, port_region)
    levels, notes = service_control_policies(scps)
    if identity is not None:
        from port_byollm.cli.verify.files import Files

        _refuse(stack_options, "is about a stack; omit it or --identity")
        if region is None or not all(needed.values()):
            raise click.UsageError(f"documents from files need {', '.join(needed)}")
        evidence = Files(identity, policies, models, region, trust, boundary, guardrail).evidence(given)
    else:
        from port_byollm.cli.verify.deployed import deployed
        from port_byollm.cli.verify.planned import planned

        _refuse({**needed, **further}, "is about documents from files; give --identity too")
        stack = Stack.named(name, config_file)
        evidence = planned(stack, given) if preview else deployed(stack, given)
    subject = evidence.subject(levels, resource_control_policies(rcps))
    proof = prove(subject)
    if evidence.aws is not None:
        from port_byollm.cli.verify.simulator import confirmed

        proof = confirmed(proof, subject, evidence.aws)
    proof = replace(proof, notes=(*evidence.notes, *notes, *proof.notes))
    if html is not None:
        from port_byollm.proof import picture

        html.write_text(picture(proof, evidence.about), encoding="utf-8")
    if as_json:
        click.echo(json.dumps(to_json(proof, evidence.about), indent=2))
    else:
        from port_byollm.proof import table

        click.echo(f"{evidence.about}\n\n{table(proof)}")
    raise SystemExit(EXIT_STATUS[proof.holds])


def _refuse(options: Mapping[str, object], problem: str) -> None:
    for option, value in options.items():
        if value:
            raise click.UsageError(f"{option} {problem}")
