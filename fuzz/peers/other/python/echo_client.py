"""Echo client made with Python's websockets (Debian: python3-websockets).

    echo_client.py ws://HOST:PORT [AGENT]

Runs all cases of a fuzzing server, one after the other: it asks /getCaseCount how many there are, echoes in each
/runCase?case=N&agent=AGENT until the server ends the connection, and asks for the report by /updateReports?agent=AGENT.
WSECHO_DEFLATE=1 offers permessage-deflate.
"""

import asyncio
import json
import os
import sys
import urllib.parse

import websockets

MAX_SIZE = 64 * 1024 * 1024


def connect(url):
    return websockets.connect(
        url,
        compression="deflate" if os.environ.get("WSECHO_DEFLATE") == "1" else None,
        max_size=MAX_SIZE,
        ping_interval=None,  # its own pings would be part of every conversation
    )


async def echo(url):
    """Echoes until the connection ends, in whatever way: how is the fuzzing server's to judge."""
    try:
        async with connect(url) as connection:
            async for message in connection:
                await connection.send(message)
    except (OSError, asyncio.TimeoutError, websockets.exceptions.WebSocketException) as error:
        print(f"{url}: {error}", file=sys.stderr)


async def main(server, agent="websockets"):
    query = urllib.parse.urlencode({"agent": agent})
    async with connect(f"{server}/getCaseCount") as connection:
        count = json.loads(await connection.recv())
        await connection.wait_closed()
    for case in range(1, count + 1):
        await echo(f"{server}/runCase?case={case}&{query}")
    async with connect(f"{server}/updateReports?{query}") as connection:
        await connection.wait_closed()


if not 2 <= len(sys.argv) <= 3:
    print("usage: echo_client.py ws://HOST:PORT [AGENT]", file=sys.stderr)
    sys.exit(2)
asyncio.run(main(sys.argv[1].rstrip("/"), *sys.argv[2:]))
