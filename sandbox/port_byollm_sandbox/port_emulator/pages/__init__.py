"""The pages a person looks at: Organization settings -> AI, Credentials -> Secrets, audit trail, access.

Rendered here, without a script. What they read and write goes through Port's API in this process (`port`),
with the rights of whoever is signed in (`session`): the rules are the API's, and so is the trail of it.
One page per module; `guard` keeps strangers and other sites out.
"""

from port_byollm_sandbox.port_emulator.pages.routes import exception_handlers, routes

__all__ = ["exception_handlers", "routes"]
