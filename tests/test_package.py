"""What the package is to those who import it."""

import subprocess
import sys

import port_byollm

HEAVY = ("pulumi", "pulumi_aws", "boto3", "httpx", "pydantic")


def test_exported_names_are_sorted_and_there() -> None:
    assert port_byollm.__all__ == sorted(port_byollm.__all__)
    assert [name for name in port_byollm.__all__ if getattr(port_byollm, name).__name__ != name] == []


def test_importing_the_package_imports_nothing_that_takes_time() -> None:
    program = f"import sys, port_byollm; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
