"""Echo server made with tornado."""

import os

import tornado.ioloop
import tornado.web
import tornado.websocket


class Echo(tornado.websocket.WebSocketHandler):
    def check_origin(self, origin):
        return True

    def get_compression_options(self):
        return {}

    async def on_message(self, message):
        await self.write_message(message, binary=isinstance(message, bytes))


app = tornado.web.Application([(r"/.*", Echo)], websocket_max_message_size=64 << 20)
app.listen(int(os.environ["PORT"]), "127.0.0.1", max_buffer_size=200 << 20)
tornado.ioloop.IOLoop.current().start()
