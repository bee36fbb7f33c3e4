/* Echo server made with libsoup, and with an argument an echo client: echo URL. */

#include <libsoup/soup.h>
#include <stdlib.h>

static void on_message(SoupWebsocketConnection *ws, gint type, GBytes *message, gpointer data) {
  if (type == SOUP_WEBSOCKET_DATA_TEXT) {
    soup_websocket_connection_send_message(ws, type, message);
  } else {
    gsize length;
    const void *octets = g_bytes_get_data(message, &length);
    soup_websocket_connection_send_binary(ws, octets, length);
  }
}

static void on_closed(SoupWebsocketConnection *ws, gpointer loop) {
  if (loop)
    g_main_loop_quit(loop);
  g_object_unref(ws);
}

static void echo(SoupWebsocketConnection *ws, gpointer loop) {
  soup_websocket_connection_set_max_incoming_payload_size(ws, 64 << 20);
  g_signal_connect(ws, "message", G_CALLBACK(on_message), NULL);
  g_signal_connect(ws, "closed", G_CALLBACK(on_closed), loop);
}

static void on_accept(SoupServer *server, SoupServerMessage *message, const char *path, SoupWebsocketConnection *ws, gpointer data) {
  echo(g_object_ref(ws), NULL);
}

static void on_connect(GObject *session, GAsyncResult *result, gpointer loop) {
  GError *error = NULL;
  SoupWebsocketConnection *ws = soup_session_websocket_connect_finish(SOUP_SESSION(session), result, &error);
  if (ws) {
    echo(ws, loop);
  } else {
    g_printerr("%s\n", error->message);
    g_main_loop_quit(loop);
  }
}

int main(int argc, char **argv) {
  GMainLoop *loop = g_main_loop_new(NULL, FALSE);
  if (argc > 1) {
    SoupMessage *request = soup_message_new("GET", argv[1]);
    soup_session_websocket_connect_async(soup_session_new(), request, NULL, NULL, G_PRIORITY_DEFAULT, NULL, on_connect, loop);
  } else {
    SoupServer *server = soup_server_new(NULL, NULL);
    soup_server_add_websocket_handler(server, NULL, NULL, NULL, on_accept, NULL, NULL);
    GSocketAddress *address = g_inet_socket_address_new(g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4), atoi(getenv("PORT")));
    if (!soup_server_listen(server, address, 0, NULL))
      return 1;
  }
  g_main_loop_run(loop);
  return 0;
}
