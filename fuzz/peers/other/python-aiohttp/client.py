"""Echo client made with aiohttp: client.py URL."""

import asyncio
import sys

import aiohttp


async def main():
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(sys.argv[1], compress=15, max_msg_size=64 << 20) as ws:
            async for message in ws:
                if message.type == aiohttp.WSMsgType.TEXT:
                    await ws.send_str(message.data)
                elif message.type == aiohttp.WSMsgType.BINARY:
                    await ws.send_bytes(message.data)


try:
    asyncio.run(main())
except aiohttp.ClientError as error:
    print(error, file=sys.stderr)
