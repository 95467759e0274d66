"""The pages a person clicks through to let the app in: log in, choose companies, go back.

docs/exact-online.md, "Login".
"""

from __future__ import annotations

from .calls import Answer, Call, page
from .world import World


def respond(world: World, call: Call) -> Answer:
    """Answer a call to /api/oauth2/auth."""
    return page(404, "")
