"""Port's REST API over HTTP. Start at `port_byollm.client.port.PortClient`; nothing here knows Pulumi.

Importing this package is free; `port` brings httpx along, which is why a plugin imports it on its first call.
"""
