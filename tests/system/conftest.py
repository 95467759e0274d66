"""What the tests of setting up share: somebody who has not logged in, and a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from newcomer import MakeNewcomer, Newcomer, Terminal
from sandbox_env import MakeEnv


@pytest.fixture(name="make_newcomer")
def _make_newcomer(make_env: MakeEnv) -> Iterator[MakeNewcomer]:
    """Return what makes a newcomer, with settings for the sandbox."""
    made: list[Newcomer] = []

    def make(**settings: object) -> Newcomer:
        made.append(Newcomer(make_env(**settings)))
        return made[-1]

    yield make
    for newcomer in made:
        newcomer.person.close()


@pytest.fixture(name="newcomer")
def _newcomer(make_newcomer: MakeNewcomer) -> Newcomer:
    """Return someone who has registered an app and has not logged in yet."""
    return make_newcomer()


@pytest.fixture(name="at_terminal")
def _at_terminal(newcomer: Newcomer) -> Iterator[Callable[..., Terminal]]:
    """Return what starts a command at a terminal; it is gone when the test ends."""
    started: list[Terminal] = []

    def start(*arguments: str) -> Terminal:
        started.append(newcomer.terminal(*arguments))
        return started[-1]

    yield start
    for terminal in started:
        terminal.stop()
