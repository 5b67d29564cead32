"""Benchmark `pulumi up --skip-preview` of the whole `local` stack, relative to an empty Python program.

Both run in turn, on the same engine, sandbox and backend, so that a slow moment affects both. It prints
seconds (median of the rounds) and the median of the rounds' ratios.

    .venv/bin/python bench/up.py [ROUNDS]
"""

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
STEPS = {
    "create": ["up", "--yes", "--skip-preview"],
    "no-op": ["up", "--yes", "--skip-preview"],
    "destroy": ["destroy", "--yes", "--skip-preview"],
}


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        empty = Path(directory, "empty")
        empty.mkdir()
        empty.joinpath("__main__.py").touch()
        empty.joinpath("Pulumi.yaml").write_text(
            f"name: empty\nruntime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}\n"
        )
        salt = REPOSITORY.joinpath("stacks/Pulumi.local.yaml").read_text().splitlines()[1]
        empty.joinpath("Pulumi.local.yaml").write_text(f"{salt}\n")
        engine = ensure()
        home = Path(directory, "sandbox")
        environment = applied(sandbox_environment(lifecycle.start(home), engine))
        try:
            seconds = measure(engine.path, environment, {"empty": empty, "local": REPOSITORY}, rounds)
        finally:
            lifecycle.stop(home)
    print(f"{'':8} {'empty':>7} {'local':>7} {'ratio':>7}   ({rounds} rounds)")
    for step in STEPS:
        floor, whole = seconds["empty", step], seconds["local", step]
        ratio = statistics.median(b / a for a, b in zip(floor, whole, strict=True))
        print(f"{step:8} {statistics.median(floor):7.2f} {statistics.median(whole):7.2f} {ratio:7.2f}")


def measure(
    engine: Path, environment: dict[str, str], projects: dict[str, Path], rounds: int
) -> dict[tuple[str, str], list[float]]:
    """Return the seconds of each step of each project, by round."""

    def run(project: Path, *arguments: str) -> float:
        start = time.perf_counter()
        command: list[str | Path] = [engine, *arguments, "--stack", "local"]
        subprocess.run(command, cwd=project, env=environment, check=True, capture_output=True)
        return time.perf_counter() - start

    for project in projects.values():
        run(project, "stack", "init", "--no-select")
        for arguments in STEPS.values():  # warm-up: fill the caches
            run(project, *arguments)
    seconds: dict[tuple[str, str], list[float]] = {}
    for _ in range(rounds):
        for step, arguments in STEPS.items():
            for name, project in projects.items():
                seconds.setdefault((name, step), []).append(run(project, *arguments))
    return seconds


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
