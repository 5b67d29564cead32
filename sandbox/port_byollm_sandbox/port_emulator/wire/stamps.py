"""When and by whom an entity was created and last changed."""

from dataclasses import asdict

from pydantic.alias_generators import to_camel

from port_byollm_sandbox.port_emulator import store


def stamps(stamps: store.Stamps | None) -> dict[str, str]:
    return {} if stamps is None else {to_camel(key): value for key, value in asdict(stamps).items()}
