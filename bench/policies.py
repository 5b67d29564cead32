"""Benchmark `pulumi preview` of a stack of many IAM resources with the policy pack, relative to without it.

Both run in turn, on the same engine, sandbox and backend. Half of the resources are roles that Port's gateway
may assume, half are invoke policies, all different. It prints seconds (median of the rounds) and the median
of their ratios, by wall time and by CPU time of the engine and its children, which is more reliable on a busy
machine.

    .venv/bin/python bench/policies.py [RESOURCES] [ROUNDS]
"""

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from port_byollm.cli.pulumi.environment import applied, sandbox_environment
from port_byollm_engine.install import ensure
from port_byollm_sandbox import lifecycle

REPOSITORY = Path(__file__).parents[1]
PACK = [
    "--policy-pack",
    str(REPOSITORY / "policies"),
    "--policy-pack-config",
    str(REPOSITORY / "policies/config/dev.json"),
]
PROGRAM = """
import secrets
import pulumi_aws as aws
from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.iam.invoke_policy import Guardrail, pinned
from port_byollm.iam.trust_policy import gateway_trust

MODELS = ["claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"]
for number in range({pairs}):
    guardrail = Guardrail(f"arn:aws:bedrock:eu-west-1:111122223333:guardrail/g{{number}}", "1")
    [document] = pinned(MODELS, "eu", "eu-west-1", "111122223333", guardrail)
    trust = gateway_trust(list(GATEWAY_PRINCIPALS.values()), [secrets.token_urlsafe(32)])
    aws.iam.Policy(f"p{{number}}", policy=document.to_json())
    aws.iam.Role(f"r{{number}}", assume_role_policy=trust.to_json())
"""


def main(resources: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        project = Path(directory, "many")
        project.mkdir()
        project.joinpath("__main__.py").write_text(PROGRAM.format(pairs=resources // 2))
        project.joinpath("Pulumi.yaml").write_text(
            f"name: many\nruntime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}\n"
        )
        engine = ensure()
        home = Path(directory, "sandbox")
        environment = applied(sandbox_environment(lifecycle.start(home), engine))

        def run(*arguments: str) -> tuple[float, float]:
            start, used = time.perf_counter(), processor_seconds()
            command = [str(engine.path), *arguments, "--stack", "many", "--non-interactive"]
            subprocess.run(command, cwd=project, env=environment, check=True, capture_output=True)
            return time.perf_counter() - start, processor_seconds() - used

        try:
            run("stack", "init", "--no-select")
            run("preview")  # warm-up: fill the caches
            seconds = [(run("preview"), run("preview", *PACK)) for _ in range(rounds)]
        finally:
            lifecycle.stop(home)
    print(f"{resources} resources, {rounds} rounds")
    print(f"{'':9} {'without':>8} {'with':>8} {'ratio':>6}")
    for number, clock in enumerate(("clock", "processor")):
        pairs = [(without[number], with_pack[number]) for without, with_pack in seconds]
        lean, full = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratio = statistics.median(b / a for a, b in pairs)
        print(f"{clock:9} {lean:8.2f} {full:8.2f} {ratio:6.2f}")


def processor_seconds() -> float:
    """Return the CPU seconds of this process's finished children and their descendants."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    main(*given, *(1000, 3)[len(given) :])
