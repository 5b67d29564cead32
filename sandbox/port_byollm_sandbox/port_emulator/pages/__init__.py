"""The pages for people: Organization settings -> AI, Credentials -> Secrets, audit trail, access.

They are rendered on the server, without scripts. They read and write through Port's API in this process
(`port`), as the signed-in user (`session`), so the API's rules and audit trail apply. Each page is a module;
`guard` refuses other machines and other sites.
"""

from port_byollm_sandbox.port_emulator.pages.routes import exception_handlers, routes

__all__ = ["exception_handlers", "routes"]
