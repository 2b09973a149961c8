from __future__ import annotations

import asyncio
import socket
import time

import pytest
import pytest_asyncio

from tests.virtual_time import EPOCH, LoopClock, NothingLeft, VirtualLoop, run_virtual


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def module_loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


@pytest.mark.virtual_time
async def test_an_hour_takes_no_time() -> None:
    began = time.monotonic()
    await asyncio.sleep(3600)
    assert asyncio.get_running_loop().time() == pytest.approx(3600)
    assert LoopClock().now() == pytest.approx(EPOCH + 3600)
    assert time.monotonic() - began < 0.5


@pytest.mark.virtual_time
async def test_timeouts_expire_in_virtual_time() -> None:
    queue: asyncio.Queue[int] = asyncio.Queue()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(30):
            await queue.get()
    assert asyncio.get_running_loop().time() == pytest.approx(30)


@pytest.mark.virtual_time
async def test_timers_fire_in_order() -> None:
    order: list[str] = []

    async def later(delay: float, name: str) -> None:
        await asyncio.sleep(delay)
        order.append(name)

    await asyncio.gather(later(20, "third"), later(0.001, "first"), later(1.5, "second"))
    assert order == ["first", "second", "third"]


@pytest.mark.virtual_time
async def test_thread_jobs_hold_the_time() -> None:
    async with asyncio.timeout(5):
        await asyncio.to_thread(time.sleep, 0.05)
    assert asyncio.get_running_loop().time() == 0


@pytest.mark.virtual_time
async def test_sockets_are_served_before_time_moves() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, asyncio.timeout(1):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, family=socket.AF_INET)
        writer.write(b"hello\n")
        assert await reader.readline() == b"hello\n"
        writer.close()
    assert asyncio.get_running_loop().time() < 1


def test_a_hang_is_an_error() -> None:
    with pytest.raises(NothingLeft):
        run_virtual(asyncio.Event().wait())


async def test_unmarked_tests_run_in_real_time() -> None:
    assert not isinstance(asyncio.get_running_loop(), VirtualLoop)


@pytest.mark.asyncio(loop_scope="module")
async def test_module_scoped_loops_still_work(module_loop: asyncio.AbstractEventLoop) -> None:
    assert asyncio.get_running_loop() is module_loop


async def test_module_fixture_from_function_loop(module_loop: asyncio.AbstractEventLoop) -> None:
    assert asyncio.get_running_loop() is not module_loop


def test_result_of_run_virtual() -> None:
    async def answer() -> int:
        await asyncio.sleep(86400 * 3)
        return 42

    assert run_virtual(answer()) == 42
