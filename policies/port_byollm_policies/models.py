"""The models that documents permit and registrations offer."""

from collections.abc import Iterable, Iterator
from datetime import date

from port_byollm.catalogue import Lifecycle, Model, find_model
from port_byollm_policies.permissions import Permissions
from port_byollm_policies.witnesses import INVENTED


def named_models(permissions: Permissions) -> list[str]:
    """Bedrock ids of the models that may be invoked, but for those that nobody has heard of."""
    found = (permission.model for permission in permissions.invocations)
    return sorted({model for model in found if model and INVENTED not in model})


def of_lifecycle(lifecycle: Lifecycle, names: Iterable[str]) -> Iterator[Model]:
    """Those of `names`, Port's or Bedrock ids, that the catalogue knows to be at that point today."""
    for name in names:
        model = find_model(name)
        if model and model.lifecycle(today()) is lifecycle:
            yield model


def successor(model: Model) -> str:
    """The way out, as part of a sentence."""
    return f"use {model.successor}" if model.successor else "choose another model"


def today() -> date:
    return date.today()
