"""Echo client made with tornado: client.py URL."""

import asyncio
import sys

import tornado.websocket


async def main():
    ws = await tornado.websocket.websocket_connect(sys.argv[1], compression_options={}, max_message_size=64 << 20)
    while (message := await ws.read_message()) is not None:
        await ws.write_message(message, binary=isinstance(message, bytes))


try:
    asyncio.run(main())
except Exception as error:
    print(error, file=sys.stderr)
