"""`port-byollm verify`: one file for each place that documents come from."""

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
@click.option("--preview", is_flag=True, help="Prove what an update would make, before anything exists.")
@click.option("--identity", metavar="ARN", help="Prove documents from files: those of this role or user.")
@click.option("--trust", type=_JSON_FILE, help="Its trust policy.")
@click.option(
    "--policy", "policies", type=_JSON_FILE, multiple=True, help="A policy that it has; repeatable."
)
@click.option("--boundary", type=_JSON_FILE, help="Its permissions boundary.")
@click.option("--model", "models", multiple=True, help="A model that is enabled; repeatable.")
@click.option("--region", help="Where Port calls the models.")
@click.option("--guardrail", metavar="ARN[:VERSION]", help="The guardrail that Port applies.")
@click.option("--geography", type=click.Choice(GEOGRAPHIES), help="Of the profiles; else the region's.")
@click.option(
    "--scope", type=click.Choice(["pinned", "documented"]), help="What the policies promise; else pinned."
)
@click.option(
    "--port-region",
    type=click.Choice([*GATEWAY_PRINCIPALS]),
    help="Whose gateway alone is to be admitted; else that of the residency, or each.",
)
@click.option("--scp", "scps", type=_JSON_FILE, multiple=True, help="SCPs of a level, from the root down.")
@click.option("--rcp", "rcps", type=_JSON_FILE, multiple=True, help="RCPs of a level, from the root down.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write it as a page, too.")
@click.option("--json", "as_json", is_flag=True, help="Print it for scripts.")
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
    """Prove who may do what with the Bedrock connection, and what must be impossible.

    Of a stack, what is deployed is read back from AWS; with --preview, what an update would make. With
    --identity, documents are read from files, and no stack, engine or account is needed.

    Exits with 0 where the proof holds, with 1 where it does not, and with 3 where nothing fails but
    something is unknown.
    """
    # Not every command line gets so far.
    from port_byollm.cli.verify.control_policies import resource_control_policies, service_control_policies
    from port_byollm.proof import prove

    needed = {"--policy": policies, "--model": models, "--region": region}
    further = {"--trust": trust, "--boundary": boundary, "--guardrail": guardrail}
    of_stacks = {"--stack": name, "--config-file": config_file, "--preview": preview}
    given = Given(geography, scope, port_region)
    levels, notes = service_control_policies(scps)
    if identity is not None:
        from port_byollm.cli.verify.files import Files

        _refuse(of_stacks, "is about a stack; leave it out, or --identity")
        if region is None or not all(needed.values()):
            raise click.UsageError(f"documents from files need {', '.join(needed)}")
        evidence = Files(identity, policies, models, region, trust, boundary, guardrail).evidence(given)
    else:
        from port_byollm.cli.verify.deployed import deployed
        from port_byollm.cli.verify.planned import planned

        _refuse({**needed, **further}, "is about documents from files; name their --identity")
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
