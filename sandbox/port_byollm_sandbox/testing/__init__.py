"""The types of the fixtures in `port_byollm_sandbox.pytest_plugin`."""

from port_byollm_sandbox.testing.aws_sandbox import AwsSandbox
from port_byollm_sandbox.testing.port_sandbox import PortSandbox
from port_byollm_sandbox.testing.pulumi_sandbox import PulumiSandbox

__all__ = ["AwsSandbox", "PortSandbox", "PulumiSandbox"]
