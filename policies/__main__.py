"""Serves the pack to the engine. `PolicyPack` never returns, so whatever can be imported is elsewhere."""

from pulumi_policy import EnforcementLevel, PolicyPack

from port_byollm_policies import policies

PolicyPack("port-byollm", policies(), enforcement_level=EnforcementLevel.ADVISORY)
