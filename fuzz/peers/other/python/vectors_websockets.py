"""Runs the JSON vectors with websockets' protocol (Debian: python3-websockets): vectors_websockets.py vectors.json"""

import vectors
from websockets.connection import Connection, Side
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Close, Opcode

FINAL = (
    "What follows a final block within a message is lost, and so are later messages. RFC 7692 7.2.3.4 lets a sender set "
    "BFINAL and go on; zlib's object is at its end then, and websockets goes on with it."
)

AMID = (
    "A close frame within a fragmented message fails the connection. RFC 6455 5.4 lets control frames, close frames too, "
    "stand in the middle of a message."
)

KNOWN = [
    vectors.Known(
        kind="takes",
        clause="rfc6455/8.1/utf8-fail",
        reason="Frames are handed to the layer above as octets, and that is where text is decoded and the connection "
        "failed: RFC 6455 8.1 is kept by the library as a whole, and not by its protocol without I/O.",
    ),
    vectors.Known(kind="fails", clause="", name="rfc6455/5.5.1/close-amid-*", reason=AMID),
    vectors.Known(kind="fails", clause="", name="rfc6455/5.5.1/close-echoed-*", reason=AMID),
    vectors.Known(kind="fails", clause="", name="autobahn/7.1.5/*", reason=AMID),
    vectors.Known(kind="events", clause="", role="server", name="rfc7692/7.2.1/final-*", reason=FINAL),
    vectors.Known(kind="events", clause="", role="server", name="rfc7692/7.2.3.6/empty-final-*-among*", reason=FINAL),
]


def deflate(extensions, role):
    """Returns the extension that the value of a Sec-WebSocket-Extensions field agrees on."""
    parameters = dict(p.strip().partition("=")[::2] for p in extensions.split(";")[1:])
    remote, local = ("client", "server") if role == "server" else ("server", "client")

    def bits(side):
        n = int(parameters.get(f"{side}_max_window_bits") or 15)
        if n == 8:
            raise vectors.Unsupported("zlib has no window of 8 bits for raw DEFLATE")
        return n

    return PerMessageDeflate(
        remote_no_context_takeover=f"{remote}_no_context_takeover" in parameters,
        local_no_context_takeover=f"{local}_no_context_takeover" in parameters,
        remote_max_window_bits=bits(remote),
        local_max_window_bits=bits(local),
    )


def start(vector, outcome):
    connection = Connection(Side.SERVER if vector["role"] == "server" else Side.CLIENT)
    if vector["extensions"]:
        connection.extensions = [deflate(vector["extensions"], vector["role"])]
    message = []  # its type, and the pieces of the one under way

    def receive(octets):
        connection.receive_data(octets)
        for frame in connection.events_received():
            if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
                message[:] = [frame.opcode.name.lower()]
            if frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
                message.append(frame.data)
                if frame.fin:
                    outcome.events.append((message[0], b"".join(message[1:]), None))
            elif frame.opcode is Opcode.CLOSE:
                close = Close.parse(frame.data)
                code = None if close.code == 1005 else close.code
                outcome.events.append(("close", close.reason.encode(), code))
            else:
                outcome.events.append((frame.opcode.name.lower(), frame.data, None))
        if connection.parser_exc is not None:
            outcome.failed, outcome.code = True, connection.close_sent.code if connection.close_sent else None

    return receive


if __name__ == "__main__":
    vectors.main("websockets", start, KNOWN)
