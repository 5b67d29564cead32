"""The plugin process; `pulumi-resource-port-byollm` runs it."""

import signal

# The engine sometimes interrupts a plugin during its imports, which should not print a traceback.
signal.signal(signal.SIGINT, signal.SIG_DFL)


def main() -> None:
    from port_byollm.startup import importing

    with importing():
        from port_byollm.plugin import serving
        from port_byollm.plugin.connection import Connection
        from port_byollm.plugin.provider import PortProvider

    serving.main(lambda engine_address: PortProvider(Connection(engine_address)))


if __name__ == "__main__":
    main()
