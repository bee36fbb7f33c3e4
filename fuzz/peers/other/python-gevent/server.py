"""Echo server made with gevent-websocket."""

import os

from geventwebsocket import Resource, WebSocketApplication, WebSocketServer


class Echo(WebSocketApplication):
    def on_message(self, message, *args, **kwargs):
        if message is not None:
            self.ws.send(message)


WebSocketServer(("127.0.0.1", int(os.environ["PORT"])), Resource([(".*", Echo)])).serve_forever()
