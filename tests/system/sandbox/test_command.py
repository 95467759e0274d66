"""What keeps the sandbox from starting is said in a sentence."""

from __future__ import annotations

import socket
from pathlib import Path

from house import House


def test_a_state_folder_that_cannot_be_made(house: House) -> None:
    in_the_way = house.write("file", "")
    house.variables["EXACT_IMPORT_SANDBOX"] = str(in_the_way / "state")
    house.write("a.csv", "Company\r\nA\r\n")
    for arguments in (["--sandbox", "a.csv"], ["sandbox"]):
        ended = house.run(*arguments)
        assert ended.returncode == 73, ended.stderr
        assert "The sandbox cannot keep its state in" in ended.stderr
        assert "EXACT_IMPORT_SANDBOX" in ended.stderr


def test_a_port_that_is_taken(house: House, tmp_path: Path) -> None:
    house.variables["EXACT_IMPORT_SANDBOX"] = str(tmp_path / "another")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = house.run("sandbox", "--port", str(taken.getsockname()[1]))
    assert ended.returncode == 2
    assert "in use already" in ended.stderr
