"""One writer at a time: who comes second is told who is at work, and readers are never kept."""

from __future__ import annotations

import time

from house import House
from indoors import text_here


def test_a_second_writer_leaves_and_readers_do_not(house: House) -> None:
    house.write("a.csv", "Code,Company\r\n1,Acme\r\n")
    elsewhere = house.folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "linked.ini").symlink_to(house.config)
    house.faults({"kind": "hang", "match": {"method": "POST", "path": "crm/Accounts"}, "times": 1})
    first = house.start("a.csv")
    try:
        until = time.monotonic() + 30
        while not house.calls("POST", "crm/Accounts"):
            assert time.monotonic() < until
            time.sleep(0.05)
        for config, told in ((house.config, True), (elsewhere / "linked.ini", False)):
            status, _, errors = text_here(house, "-c", config, house.folder / "a.csv")
            assert status == 75, errors
            assert "Another run is busy with this configuration" in errors
            assert (f"(process {first.pid}, since 20" in errors) is told
        readers = (["plan", house.folder / "a.csv"], ["export", house.folder / "out.csv"])
        for reader in (*readers, ["doctor"], ["runs"]):
            assert text_here(house, *reader)[0] == 0, reader
        assert first.poll() is None
    finally:
        first.kill()
        first.communicate()
    # The lock of a dead process is nobody's; what it had under way is looked for first.
    house.configure("[import]\nsettle_after = 0\n")
    assert house.json("a.csv")["rows"]["created"] == 1
    assert len(house.accounts()) == 1
