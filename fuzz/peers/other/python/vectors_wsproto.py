"""Runs the JSON vectors with wsproto (Debian: python3-wsproto): vectors_wsproto.py vectors.json"""

import vectors
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, TextMessage
from wsproto.extensions import PerMessageDeflate

FINAL = (
    "What follows a final block within a message is lost, and so is the next message. RFC 7692 7.2.3.4 lets a sender set "
    "BFINAL and go on; zlib's object is at its end then, and wsproto does not take a new one."
)

KNOWN = [
    vectors.Known(
        kind="fails",
        clause="",
        name="rfc6455/7.4/close-code-1014*",
        reason="Code 1014 is taken for one that is reserved. IANA's registry, which RFC 6455 7.4.2 refers to, has it "
        "since 2015 (bad gateway); the RFC by itself does not, and a strict reader may refuse it.",
    ),
    vectors.Known(
        kind="fails",
        clause="",
        role="server",
        name="rfc7692/6.1/p?ng-*",
        reason="A control frame within a compressed message is inflated with it: what is true of the frame under way is "
        "kept in the same place as what is true of the message. RFC 7692 6.1 compresses data frames alone.",
    ),
    vectors.Known(
        kind="fails",
        clause="",
        name="rfc7692/6.1/laced-*",
        reason="The same, with pings between the fragments of longer messages.",
    ),
    vectors.Known(
        kind="fails",
        clause="",
        name="rfc7692/7.*p?ng-*",
        reason="The same, where a window is kept and where none is.",
    ),
    vectors.Known(
        kind="*",
        clause="*",
        role="server",
        name="rfc7692/6.2/late-*",
        reason="The same, before a fault that comes later.",
    ),
    vectors.Known(
        kind="takes",
        clause="rfc7692/7.2.2/invalid-fail",
        role="server",
        name="rfc7692/7.2.2/invalid-*",
        reason="The same, with a ping between the fragments of what is not DEFLATE, which is not inflated then.",
    ),
    vectors.Known(kind="events", clause="", role="server", name="rfc7692/7.2.1/final-*", reason=FINAL),
    vectors.Known(kind="fails", clause="", role="server", name="rfc7692/7.2.1/final-*", reason=FINAL),
    vectors.Known(kind="fails", clause="", role="server", name="rfc7692/7.2.3.6/empty-final-*-among*", reason=FINAL),
]


def start(vector, outcome):
    extensions = []
    if vector["extensions"]:
        extension = PerMessageDeflate()
        try:
            extension.finalize(vector["extensions"])
        except ValueError as error:
            raise vectors.Unsupported(f"its zlib has no window of 8 bits ({error})")
        extensions.append(extension)
    role = ConnectionType.SERVER if vector["role"] == "server" else ConnectionType.CLIENT
    connection = Connection(role, extensions)
    message = []  # the pieces of the one under way

    def receive(octets):
        if connection.state is not ConnectionState.OPEN:
            return
        connection.receive_data(octets)
        for event in connection.events():
            if isinstance(event, CloseConnection):
                code = None if event.code == 1005 else int(event.code)
                if connection.state is ConnectionState.OPEN:  # no close frame came: it is how failing is told
                    outcome.failed, outcome.code = True, code
                else:
                    outcome.events.append(("close", (event.reason or "").encode(), code))
            elif isinstance(event, Ping):
                outcome.events.append(("ping", bytes(event.payload), None))
            elif isinstance(event, Pong):
                outcome.events.append(("pong", bytes(event.payload), None))
            else:
                text = isinstance(event, TextMessage)
                assert text or isinstance(event, BytesMessage)
                message.append(event.data.encode() if text else bytes(event.data))
                if event.message_finished:
                    outcome.events.append(("text" if text else "binary", b"".join(message), None))
                    message.clear()

    return receive


if __name__ == "__main__":
    vectors.main("wsproto", start, KNOWN)
