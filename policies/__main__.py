"""Serves the pack to the engine; whatever can be imported is elsewhere."""

from port_byollm_policies import policies
from port_byollm_policies.pack import serve

serve(policies())
