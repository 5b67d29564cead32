"""Requests that are generated from the contract, right and wrong, are answered as the contract describes."""

from typing import Any

import pytest
import schemathesis
from schemathesis.checks import positive_data_acceptance
from schemathesis.config import SchemathesisConfig

from port_byollm_sandbox.port_emulator import contract

from .exchanges import RIGHT, prepare
from .target import Target

CONFIG = SchemathesisConfig.from_dict(
    {
        "generation": {
            "deterministic": True,
            "max-examples": 10,
            "database": "none",
            "with-security-parameters": False,  # every request has the administrator's token
        }
    }
)
SCHEMA = schemathesis.openapi.from_dict(contract.served(), config=CONFIG)
PRESENT = {name: value for exchange in RIGHT for name, value in exchange.where.items()}
"""What the paths of right requests name."""
OF_CONTENT = {
    "LLMProviderInvalidConfigError",
    "LLMProviderModelNotEnabledError",
    "LLMProviderModelTestError",
    "invocation_already_exists",
}
"""Refusals of what a well-formed request says: another provider's config, a model that it has not."""


@SCHEMA.parametrize()
def test_conforms(case: schemathesis.Case[Any], target: Target) -> None:
    if case.operation.label == "POST /v1/ai/invoke" and not target.is_emulator:
        pytest.skip("a real organization pays for what is invoked")
    if case.meta is not None and case.meta.generation.mode.is_positive:
        prepare(target)
        case.path_parameters |= {name: PRESENT[name] for name in case.path_parameters if name != "provider"}
    response = case.call(target.base_url, session=target.session)
    refused_for_content = response.status_code == 400 and response.json()["error"] in OF_CONTENT
    case.validate_response(
        response, excluded_checks=[positive_data_acceptance] if refused_for_content else []
    )
