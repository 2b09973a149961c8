"""Lists over the API: by processes of their own, told of line by line, whole or not at all."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from sqlalchemy import func, select

from outbound.importing import service as service_module
from outbound.importing import upload
from outbound.importing.folder import Import, ImportFolder
from outbound.store import do_not_call
from outbound.store.lists import lists
from records import models
from tests.outbound.importing_house import importing
from tests.outbound.stores import due, imported, number
from tests.records.homes import ON_SQLITE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from outbound.store.opened import OutboundStore
    from tests.outbound.importing_house import Imports

CSV = b"number,name\n020 7946 0018,Ada\n999,x\n020 7946 0019,Bob\n020 7946 0018,Ada\n"


@pytest.fixture
async def house(tmp_path: Path, store: OutboundStore, database: str) -> AsyncIterator[Imports]:
    async with importing(tmp_path / "home", database) as house:
        yield house


def rows(store: OutboundStore) -> int:
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(models.leads)) or 0


async def test_a_list_from_upload_to_deletion(house: Imports, store: OutboundStore, tmp_path: Path) -> None:
    identity = await house.send("/lists/spring/import?home=GB&file=march.csv", CSV)
    told = await house.over(f"/lists/spring/imports/{identity}")
    progress = told["progress"]
    assert (progress["state"], progress["good"], progress["refused"]) == ("done", 2, 2)
    assert (progress["by"], progress["file"]) == ("crm", "march.csv")
    assert told["items"] == [
        {"line": 3, "why": "an emergency number"},
        {"line": 5, "why": "the same number as in line 2"},
    ]
    assert sorted(due(store)) == ["+442079460018", "+442079460019"]
    async with asyncio.timeout(30):
        while house.looked != ["spring"]:  # noqa: ASYNC110 - told when the process has ended
            await asyncio.sleep(0.05)
    _, found = await house.ask("GET", "/api/v1/lists")
    [row] = found["items"]
    assert (row["name"], row["version"], row["file"]) == ("spring", progress["version"], "march.csv")
    assert (row["good"], row["open"], row["due"], row["over"]) == (2, 2, 2, {})
    left = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert all(b"7946" not in path.read_bytes() for path in left), "of the file nothing stays"
    assert (await house.ask("DELETE", "/api/v1/lists/spring"))[0] == 204
    assert not due(store)
    assert (await house.ask("DELETE", "/api/v1/lists/spring"))[1]["error_id"] == "no-such-list"
    async with asyncio.timeout(30):
        while rows(store):  # noqa: ASYNC110 - another process removes them
            await asyncio.sleep(0.1)


async def test_refused_lines_are_paged(house: Imports) -> None:
    lines = [b"number"] + [b"999"] * 25 + [b"020 7946 0018"]
    identity = await house.send("/lists/spring/import?home=GB", b"\n".join(lines))
    path = f"/lists/spring/imports/{identity}"
    await house.over(path)
    seen, cursor = [], ""
    for _ in range(3):
        _, told = await house.ask("GET", f"/api/v1{path}?limit=10&cursor={cursor}")
        seen += [one["line"] for one in told["items"]]
        cursor = told["next"]
    assert seen == list(range(2, 27))
    assert cursor == ""
    _, wrong = await house.ask("GET", f"/api/v1{path}?cursor=nonsense!")
    assert wrong["error_id"] == "wrong-cursor"


async def test_a_form_and_what_is_no_file(house: Imports, monkeypatch: pytest.MonkeyPatch) -> None:
    form = aiohttp.FormData()
    form.add_field("note", "hello")
    form.add_field("file", CSV, filename="march.csv", content_type="text/csv")
    status, told = await house.ask("POST", "/api/v1/lists/spring/import?home=GB", form)
    assert status == 202
    assert (await house.over(f"/lists/spring/imports/{told['id']}"))["progress"]["good"] == 2
    bare = aiohttp.FormData({"note": "hello"}, default_to_multipart=True)
    for data, kind, why in (
        (b"", "text/csv", "empty"),
        (b"{}", "application/json", "application/json"),
        (bare(), "", "name its field file"),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x", "form"),
        (b"x", "multipart/form-data", "form"),
    ):
        status, told = await house.ask("POST", "/api/v1/lists/spring/import?home=GB", data, kind)
        assert (status, told["error_id"], why in told["message"]) == (400, "no-file", True), told
    monkeypatch.setattr(upload.keep, "__defaults__", (50,))
    status, told = await house.ask("POST", "/api/v1/lists/spring/import?home=GB", CSV, "text/csv")
    assert (status, told["error_id"]) == (413, "too-large-file")
    _, told = await house.ask("GET", "/api/v1/lists/spring/imports")
    assert len(told["items"]) == 1, "what is refused leaves nothing behind"


async def test_columns_of_other_names_and_one_consent_for_all(house: Imports, store: OutboundStore) -> None:
    data = b"Handy;Telefon;Kunde;consent\n020 7946 0018;1;Ada;\n020 7946 0019;2;Bob;form 3\n"
    asked = "home=GB&consent=fair%202026&columns=number=handy,name=Kunde"
    identity = await house.send(f"/lists/spring/import?{asked}", data)
    told = await house.over(f"/lists/spring/imports/{identity}")
    assert told["progress"]["good"] == 2, told
    ada, bob = due(store).values()
    assert (ada.number, ada.name, ada.consent) == ("+442079460018", "Ada", "fair 2026")
    assert (bob.consent, bob.more) == ("form 3", {"telefon": "2"})
    identity = await house.send("/lists/spring/import?home=GB&columns=number=Fax", data)
    progress = (await house.over(f"/lists/spring/imports/{identity}"))["progress"]
    assert progress["state"] == "failed"
    assert "no column is named 'fax', which was to be the number (there are: Handy, " in progress["why"]


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/lists/spring/import?home=GB&columns=number", "query.columns"),
        ("/lists/spring/import?home=GB&columns=phone=Handy", "query.columns"),
        ("/lists/spring/import", "query.home"),
        ("/lists/spring/import?home=ZZ", "query.home"),
        ("/lists/spring/import?home=GB&countries=IE,ZZ", "query.countries"),
        ("/lists/spr%20ing/import?home=GB", "path.list_name"),
        ("/do-not-call/import?home=gb", "query.home"),
    ],
)
async def test_what_is_asked_wrongly(house: Imports, path: str, where: str) -> None:
    status, told = await house.ask("POST", f"/api/v1{path}", CSV, "text/csv")
    assert (status, told["error_id"], told["where"]) == (400, "wrong-field", where)


async def test_a_file_that_is_no_list_leaves_the_list(
    house: Imports, store: OutboundStore, tmp_path: Path
) -> None:
    imported(store, tmp_path, 1)
    for data, why in (
        (b"name\nAda\n", "no column is the telephone number"),
        (b"number\n999\n", "stays as it was"),
    ):
        identity = await house.send("/lists/spring/import?home=GB&file=my%20list.csv", data)
        progress = (await house.over(f"/lists/spring/imports/{identity}"))["progress"]
        assert progress["state"] == "failed"
        assert why in progress["why"]
        assert "my list.csv" in progress["why"]
        assert str(tmp_path) not in progress["why"], "no path of the server's"
    assert list(due(store)) == [number(1).e164]


async def test_numbers_to_be_called_no_more(house: Imports, store: OutboundStore) -> None:
    identity = await house.send("/do-not-call/import?home=GB&campaign=spring", b"020 7946 0018\n999\n")
    told = await house.over(f"/do-not-call/imports/{identity}")
    assert (told["progress"]["state"], told["progress"]["good"]) == ("done", 1)
    assert [one["line"] for one in told["items"]] == [2]
    assert do_not_call.has(store, store.sealer.person_of("+442079460018"), "spring")
    assert not do_not_call.count(store)
    _, told = await house.ask("GET", f"/api/v1/lists/spring/imports/{identity}")
    assert told["error_id"] == "no-such-import", "no import of a list"


async def test_a_list_that_is_called_is_not_deleted(
    house: Imports, store: OutboundStore, tmp_path: Path
) -> None:
    imported(store, tmp_path, 1)
    definition = SimpleNamespace(list="spring")
    house.campaigns.runs["easter"] = SimpleNamespace(name="easter", definition=definition)
    house.states["easter"] = "paused"
    _, told = await house.ask("DELETE", "/api/v1/lists/spring")
    assert (told["error_id"], "easter is paused" in told["message"]) == ("list-in-use", True)
    assert due(store)


async def test_so_many_wait_and_no_more(
    tmp_path: Path, store: OutboundStore, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "MOST_WAITING", 2)
    async with importing(tmp_path / "home", database, start=False) as house:
        first = await house.send("/lists/spring/import?home=GB", CSV)
        await house.send("/lists/spring/import?home=GB", CSV)
        _, told = await house.ask("POST", "/api/v1/lists/spring/import?home=GB", CSV, "text/csv")
        assert told["error_id"] == "imports-wait"
    # what waited is not lost with the controller
    async with importing(tmp_path / "home", database) as house:
        assert (await house.over(f"/lists/spring/imports/{first}"))["progress"]["state"] == "done"


async def test_a_stop_breaks_off(tmp_path: Path, store: OutboundStore, database: str) -> None:
    imported(store, tmp_path, 1)
    many = "\n".join(["number", *(number(n).e164 for n in range(8000))]).encode()
    async with importing(tmp_path / "home", database) as house:
        identity = await house.send("/lists/spring/import?home=GB", many)
        async with asyncio.timeout(60):
            while True:
                _, told = await house.ask("GET", f"/api/v1/lists/spring/imports/{identity}")
                if told["progress"]["good"]:
                    break
                await asyncio.sleep(0.05)
    state = ImportFolder(tmp_path / "home" / "imports" / identity).read()
    assert state is not None
    assert (state.state, "as it was" in state.why) == ("broken_off", True)
    assert list(due(store)) == [number(1).e164]


async def test_killed_in_the_middle(tmp_path: Path) -> None:
    """Controller and all: what it was taking in is shown as broken off, and the list is as it was."""
    home = tmp_path / "home"
    url = f"sqlite:///{home / 'ringhall.db'}"
    home.mkdir()
    wanted = Import(
        id="0123456789abcdef", kind="list", name="spring", file="march.csv", home="GB", countries=["GB"],
        encoding="", by="crm", at=time.time(),
    )  # fmt: skip
    folder = ImportFolder(home / "imports" / wanted.id)
    folder.make()
    folder.upload(wanted).write_text("\n".join(["number", *(number(n).e164 for n in range(20_000))]))
    folder.write(wanted)
    controller = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.outbound.importing_house", str(home), cwd=Path(__file__).parents[2]
    )
    async with asyncio.timeout(60):
        while (state := folder.read()) is None or not state.good:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    controller.send_signal(signal.SIGKILL)
    await controller.wait()
    async with importing(home, url) as house:
        told = await house.over(f"/lists/spring/imports/{wanted.id}")
        progress = told["progress"]
        assert (progress["state"], 0 < progress["good"] < 20_000) == ("broken_off", True)
        assert "send the file again" in progress["why"]
        assert not lists(house.store)
        assert not due(house.store)
        async with asyncio.timeout(10):  # its process ends with its asker
            while True:
                with folder.locked(wait=False) as free:
                    if free:
                        break
                await asyncio.sleep(0.1)
        again = await house.send("/lists/spring/import?home=GB", CSV)
        assert (await house.over(f"/lists/spring/imports/{again}"))["progress"]["state"] == "done"
        assert rows(house.store) == 2, "what was left of the first is removed"


@ON_SQLITE
async def test_killed_right_after_it_went_live(tmp_path: Path, store: OutboundStore, database: str) -> None:
    """The list is what counts, not the last word of a process that died."""
    result = imported(store, tmp_path, 1, 2)
    wanted: dict[str, Any] = {
        "kind": "list", "name": "spring", "file": "march.csv", "home": "GB", "countries": ["GB"],
        "encoding": "", "by": "crm", "at": time.time(), "state": "running",
    }  # fmt: skip
    for identity, version in (("0" * 16, "0-00000000"), ("1" * 16, result.version)):
        folder = ImportFolder(tmp_path / "home" / "imports" / identity)
        folder.make()
        folder.write(Import(id=identity, version=version, **wanted))
    async with importing(tmp_path / "home", database) as house:
        assert (await house.over(f"/lists/spring/imports/{'0' * 16}"))["progress"]["state"] == "broken_off"
        done = (await house.over(f"/lists/spring/imports/{'1' * 16}"))["progress"]
        assert (done["state"], done["good"]) == ("done", 2)
