"""Echo server made with trio-websocket."""

import os

import trio
from trio_websocket import ConnectionClosed, serve_websocket


async def echo(request):
    ws = await request.accept()
    while True:
        try:
            await ws.send_message(await ws.get_message())
        except ConnectionClosed:
            break


trio.run(lambda: serve_websocket(echo, "127.0.0.1", int(os.environ["PORT"]), ssl_context=None, max_message_size=64 << 20))
