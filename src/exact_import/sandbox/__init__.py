"""A local Exact Online to try things on, and to test against: HTTPS, OAuth, OData, limits.

It behaves as docs/exact-online.md says, and misbehaves on request (`faults`). Nothing of the
importer is used here but the catalogue of fields and the faults that end a command.
"""

from .configfile import write_config
from .remote import Remote
from .server import Sandbox, reset, running
from .settings import SandboxSettings

__all__ = ["Remote", "Sandbox", "SandboxSettings", "reset", "running", "write_config"]
