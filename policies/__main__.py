"""Serves the pack to the engine. Everything that others import is in `port_byollm_policies`."""

from port_byollm_policies import policies
from port_byollm_policies.pack import serve

serve(policies())
