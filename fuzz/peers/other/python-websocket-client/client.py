"""Echo client made with websocket-client: client.py URL."""

import sys

import websocket

try:
    ws = websocket.create_connection(sys.argv[1])
    while True:
        opcode, data = ws.recv_data()
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            break
        ws.send(data, opcode)
except Exception as error:
    print(error, file=sys.stderr)
