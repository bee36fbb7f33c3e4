// Echo server made with Pike's Protocols.WebSocket.

void refuse(Protocols.HTTP.Server.Request request) {
  request->response_and_finish((["error": 400, "data": "", "type": "text/plain"]));
}

void accept(array(string) protocols, Protocols.WebSocket.Request request) {
  Protocols.WebSocket.Connection ws = request->websocket_accept(0);
  ws->onmessage = lambda(Protocols.WebSocket.Frame frame) {
    if (frame->opcode == Protocols.WebSocket.FRAME_TEXT)
      ws->send_text(frame->text);
    else
      ws->send_binary(frame->data);
  };
}

int main() {
  Protocols.WebSocket.Port(refuse, accept, (int)getenv("PORT"), "127.0.0.1");
  return -1;
}
