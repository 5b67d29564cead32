"""What starts sooner still works."""

import subprocess
import sys


def test_httpx_comes_without_its_command_line() -> None:
    program = (
        "import gc, sys\n"
        "from port_byollm.startup import importing\n"
        "with importing():\n"
        "    import httpx\n"
        "print('rich' in sys.modules, httpx.Client.__name__, gc.isenabled(), gc.get_freeze_count() > 0)\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "False Client True True\n"
