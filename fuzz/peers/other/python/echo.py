"""Echo server made with Python's websockets (Debian: python3-websockets).

Serves on 127.0.0.1 and the port of the environment variable PORT (default: a free one), and prints
"listening on 127.0.0.1:PORT" once it can be reached. WSECHO_DEFLATE=1 switches permessage-deflate on.
"""

import asyncio
import os
import signal

import websockets

MAX_SIZE = 64 * 1024 * 1024


async def echo(connection):
    try:
        async for message in connection:
            await connection.send(message)
    except websockets.exceptions.ConnectionClosed:
        pass


async def main():
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with websockets.serve(
        echo,
        "127.0.0.1",
        int(os.environ.get("PORT", "0")),
        compression="deflate" if os.environ.get("WSECHO_DEFLATE") == "1" else None,
        max_size=MAX_SIZE,
        ping_interval=None,  # its own pings would be part of every conversation
    ) as server:
        port = server.sockets[0].getsockname()[1]
        print(f"listening on 127.0.0.1:{port}", flush=True)
        await ended.wait()


asyncio.run(main())
