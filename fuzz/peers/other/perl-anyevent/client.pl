# Echo client made with AnyEvent::WebSocket::Client: client.pl URL.
use strict;
use warnings;
use AnyEvent;
use AnyEvent::WebSocket::Client;
use AnyEvent::WebSocket::Message;

my $done = AnyEvent->condvar;
my $client = AnyEvent::WebSocket::Client->new(max_payload_size => 64 * 1024 * 1024, max_fragments => 1_000_000);
my $connection;
$client->connect($ARGV[0])->cb(sub {
  $connection = eval { shift->recv } or do { warn $@; return $done->send };
  $connection->on(each_message => sub {
    my ($connection, $message) = @_;
    $connection->send(AnyEvent::WebSocket::Message->new(body => $message->body, opcode => $message->opcode));
  });
  $connection->on(finish => sub { $done->send });
});
$done->recv;
