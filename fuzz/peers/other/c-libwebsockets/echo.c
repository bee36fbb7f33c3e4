/* Echo server made with libwebsockets, over TLS where CERT and KEY are files, and with an argument an echo client: echo URL. */

#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>

struct part {
  struct part *next;
  int flags;
  size_t length;
  unsigned char octets[]; /* after LWS_PRE octets of room */
};

struct session {
  struct part *first, **last;
};

static int over;

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length) {
  struct session *s = user;
  struct part *p;
  switch (reason) {
  case LWS_CALLBACK_ESTABLISHED:
  case LWS_CALLBACK_CLIENT_ESTABLISHED:
    s->first = NULL;
    s->last = &s->first;
    break;
  case LWS_CALLBACK_RECEIVE:
  case LWS_CALLBACK_CLIENT_RECEIVE:
    p = malloc(sizeof *p + LWS_PRE + length);
    if (!p)
      return -1;
    p->next = NULL;
    p->flags = lws_write_ws_flags(lws_frame_is_binary(wsi) ? LWS_WRITE_BINARY : LWS_WRITE_TEXT, lws_is_first_fragment(wsi), lws_is_final_fragment(wsi));
    p->length = length;
    memcpy(p->octets + LWS_PRE, in, length);
    *s->last = p;
    s->last = &p->next;
    lws_callback_on_writable(wsi);
    break;
  case LWS_CALLBACK_SERVER_WRITEABLE:
  case LWS_CALLBACK_CLIENT_WRITEABLE:
    if (!(p = s->first))
      break;
    if (lws_write(wsi, p->octets + LWS_PRE, p->length, p->flags) < (int)p->length)
      return -1;
    if (!(s->first = p->next))
      s->last = &s->first;
    else
      lws_callback_on_writable(wsi);
    free(p);
    break;
  case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
  case LWS_CALLBACK_CLIENT_CLOSED:
    over = 1;
    /* its parts are freed as on the server */
  case LWS_CALLBACK_CLOSED:
    while (s && (p = s->first)) {
      s->first = p->next;
      free(p);
    }
    break;
  default:
    break;
  }
  return 0;
}

static const struct lws_protocols protocols[] = {{"echo", callback, sizeof(struct session), 0}, {0}};

static const struct lws_extension extensions[] = {
    {"permessage-deflate", lws_extension_callback_pm_deflate, "permessage-deflate; client_max_window_bits"}, {0}};

int main(int argc, char **argv) {
  struct lws_context_creation_info info = {0};
  lws_set_log_level(LLL_ERR, NULL);
  info.protocols = protocols;
  info.extensions = extensions;
  info.gid = info.uid = -1;
  info.iface = "127.0.0.1";
  info.port = argc > 1 ? CONTEXT_PORT_NO_LISTEN : atoi(getenv("PORT"));
  if (argc == 1 && getenv("CERT")) { /* HTTP/2 is spoken over TLS alone */
    info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info.ssl_cert_filepath = getenv("CERT");
    info.ssl_private_key_filepath = getenv("KEY");
  }
  struct lws_context *context = lws_create_context(&info);
  if (!context)
    return 1;
  if (argc > 1) {
    struct lws_client_connect_info to = {0};
    const char *scheme, *path;
    char target[1024] = "/";
    if (lws_parse_uri(argv[1], &scheme, &to.address, &to.port, &path))
      return 2;
    lws_strncpy(target + 1, strcmp(path, "/") ? path : "", sizeof target - 1); /* it lacks its first slash, unless that is all */
    to.context = context;
    to.path = target;
    to.host = to.origin = to.address;
    if (!lws_client_connect_via_info(&to))
      return 1;
  }
  while (!over && lws_service(context, 0) >= 0)
    ;
  lws_context_destroy(context);
  return 0;
}
