"""Echo server made with ws4py, by its own handler."""

import os
from wsgiref.simple_server import make_server

from ws4py.server.wsgirefserver import WSGIServer, WebSocketWSGIRequestHandler
from ws4py.server.wsgiutils import WebSocketWSGIApplication
from ws4py.websocket import EchoWebSocket

server = make_server(
    "127.0.0.1",
    int(os.environ["PORT"]),
    server_class=WSGIServer,
    handler_class=WebSocketWSGIRequestHandler,
    app=WebSocketWSGIApplication(handler_cls=EchoWebSocket),
)
server.initialize_websockets_manager()
server.serve_forever()
