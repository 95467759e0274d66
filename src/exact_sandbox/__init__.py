"""A local Exact Online for trying things out and for tests: HTTPS, OAuth, OData, limits.

It behaves as docs/exact-online.md says, and simulates faults on request (`faults`). It uses nothing
of the importer except the catalogue of fields and the errors that end a command.
"""

from exact_sandbox.config_file import write_config
from exact_sandbox.reference_data import companies
from exact_sandbox.remote_control import RemoteControl
from exact_sandbox.server import Sandbox, reset, running
from exact_sandbox.settings import Readings, SandboxSettings, choices, reading

__all__ = [
    "Readings",
    "RemoteControl",
    "Sandbox",
    "SandboxSettings",
    "choices",
    "companies",
    "reading",
    "reset",
    "running",
    "write_config",
]
