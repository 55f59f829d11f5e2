"""Python's qemu.qmp in the benchmarks: runs the turns that dev.qmp.benchmark.LibraryProcess asks for."""

import asyncio
import platform
import sys
from importlib.metadata import version

from qemu.qmp import QMPClient

IN_FLIGHT = 8
EVENTS = 1024


async def commands(client, count):
    for _ in range(count):
        await client.execute("query-status")


async def in_flight(client, count):
    await asyncio.gather(*(commands(client, count // IN_FLIGHT) for _ in range(IN_FLIGHT)))


async def events(client, count):
    with client.listener() as listener:
        for _ in range(count // EVENTS):
            await client.execute(f"events-{EVENTS}")
            for _ in range(EVENTS):
                await listener.get()


async def main(socket):
    tasks = {"COMMANDS": commands, "IN_FLIGHT": in_flight, "EVENTS": events}
    client = QMPClient("benchmark")
    await client.connect(socket)
    print("qemu.qmp", version("qemu.qmp"), "on Python", platform.python_version(), flush=True)
    for line in sys.stdin:
        task, count = line.split()
        await tasks[task](client, int(count))
        print("done", flush=True)
    await client.disconnect()


asyncio.run(main(sys.argv[1]))
