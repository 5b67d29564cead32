"""The protocol is the SDK's own, and does not wait for it."""

import subprocess
import sys


def test_the_sdk_is_not_imported_with_it() -> None:
    program = (
        "import sys\n"
        "from port_byollm_engine import language_host, protocol\n"
        "print('pulumi' in sys.modules, 'opentelemetry' in sys.modules)\n"
        "import pulumi\n"
        "from pulumi.runtime.proto import RunRequest, language_pb2\n"
        "print(RunRequest is protocol.language_pb2.RunRequest, language_pb2 is protocol.language_pb2)\n"
        "print(pulumi.Output.__name__, pulumi.runtime.proto.ConfigureRequest.__name__)\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "False False\nTrue True\nOutput ConfigureRequest\n"
