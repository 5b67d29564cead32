"""The sandbox in tests, by the fixtures of `port_byollm_sandbox.pytest_plugin`; these are their types."""

from port_byollm_sandbox.testing.aws_sandbox import AwsSandbox
from port_byollm_sandbox.testing.port_sandbox import PortSandbox
from port_byollm_sandbox.testing.pulumi_sandbox import PulumiSandbox

__all__ = ["AwsSandbox", "PortSandbox", "PulumiSandbox"]
