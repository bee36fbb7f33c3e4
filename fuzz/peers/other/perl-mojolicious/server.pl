# Echo server made with Mojolicious.
use Mojolicious::Lite -signatures;

app->log->level('fatal');
websocket '/*any' => {any => ''} => sub ($c) {
  $c->tx->max_websocket_size(64 * 1024 * 1024);
  $c->tx->with_compression;
  $c->on(text => sub ($c, $octets) { $c->send({text => $octets}) });
  $c->on(binary => sub ($c, $octets) { $c->send({binary => $octets}) });
};
app->start('daemon', '-l', "http://127.0.0.1:$ENV{PORT}");
