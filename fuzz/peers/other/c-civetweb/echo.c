/* Echo server made with civetweb. */

#include <civetweb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct message {
  int opcode;
  char *octets;
  size_t length;
};

static int on_connect(const struct mg_connection *conn, void *data) { return 0; }

static void on_ready(struct mg_connection *conn, void *data) {
  mg_set_user_connection_data(conn, calloc(1, sizeof(struct message)));
}

static int on_data(struct mg_connection *conn, int bits, char *octets, size_t length, void *data) {
  struct message *m = mg_get_user_connection_data(conn);
  int opcode = bits & 0xf;
  if (opcode == MG_WEBSOCKET_OPCODE_CONNECTION_CLOSE)
    return 1; /* the library closes */
  if (opcode > MG_WEBSOCKET_OPCODE_BINARY)
    return 1; /* the library answers pings, where its user tells it to */
  if (opcode != MG_WEBSOCKET_OPCODE_CONTINUATION)
    m->opcode = opcode;
  m->octets = realloc(m->octets, m->length + length + 1);
  memcpy(m->octets + m->length, octets, length);
  m->length += length;
  if (bits & 0x80) {
    mg_websocket_write(conn, m->opcode, m->octets, m->length);
    m->length = 0;
  }
  return 1;
}

static void on_close(const struct mg_connection *conn, void *data) {
  struct message *m = mg_get_user_connection_data(conn);
  if (m)
    free(m->octets);
  free(m);
}

int main(void) {
  char port[40];
  snprintf(port, sizeof port, "127.0.0.1:%s", getenv("PORT"));
  const char *options[] = {"listening_ports", port, "num_threads", "50", "websocket_timeout_ms", "3600000", NULL};
  mg_init_library(0);
  struct mg_context *context = mg_start(NULL, NULL, options);
  if (!context)
    return 1;
  mg_set_websocket_handler(context, "/", on_connect, on_ready, on_data, on_close, NULL);
  for (;;)
    pause();
}
