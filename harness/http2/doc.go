// Package http2 carries WebSockets over HTTP/2 (RFC 8441): an extended CONNECT opens
// a stream, whose DATA frames hold the octets that would follow the upgrade of
// HTTP/1.1. [Carrier] is for the Carrier of a harness.Config:
//
//	harness.TestServer(t, http2.Handler(handler), &harness.Config{Carrier: http2.Carrier})
//
// The verdicts are those of the same judge. Added are cases about HTTP/2 itself, and
// the ways in which its frames can deliver the octets of a stream.
//
// The package is the only one beside the command line that needs more than rapid and
// the standard library: golang.org/x/net/http2/hpack, for the compression of header
// lists.
package http2
