"""The plugin process that the engine starts: it gets a provider's port from the sandbox and keeps it open.

It is run by path, isolated and without site packages, to start fast: standard library only.
"""

import json
import os
import select
import socket
import sys

ADDRESS = "PORT_BYOLLM_SANDBOX_AWS_PLUGIN"
# Seconds between two checks that the engine still runs; nothing else reveals a killed one.
PARENT_POLL = 0.5


def main() -> int:
    # Read first: the engine may be gone before the port is printed.
    engine = os.getppid()
    address = os.environ.get(ADDRESS)
    if not address:
        return fail(f"{ADDRESS} is not set; run the stack through `port-byollm pulumi`")
    host, _, port = address.rpartition(":")
    request = {
        "region": os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"),
        "accessKey": os.environ.get("AWS_ACCESS_KEY_ID"),
        "secretKey": os.environ.get("AWS_SECRET_ACCESS_KEY"),
        "token": os.environ.get("AWS_SESSION_TOKEN"),
    }
    try:
        with socket.create_connection((host, int(port)), timeout=10) as sandbox:
            sandbox.sendall(json.dumps(request).encode() + b"\n")
            answer = sandbox.recv(16)
            if not answer:
                return fail(f"the sandbox at {address} closed the connection; see its log")
            sys.stdout.write(answer.decode())
            sys.stdout.flush()
            while os.getppid() == engine and not select.select([sandbox], [], [], PARENT_POLL)[0]:
                pass
    except (OSError, ValueError) as error:
        return fail(f"no sandbox answers at {address} ({error}); start it with `port-byollm sandbox start`")
    except KeyboardInterrupt:
        pass  # Ctrl-C reaches the whole process group; the engine handles it
    return 0


def fail(reason: str) -> int:
    sys.stderr.write(f"port-byollm sandbox's aws plugin: {reason}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
