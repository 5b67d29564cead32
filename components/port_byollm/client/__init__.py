"""A client of Port's REST API, independent of Pulumi. Start at `port_byollm.client.port.PortClient`.

Importing this package is cheap. Importing `port` also imports httpx, so a plugin does it at its first call.
"""
