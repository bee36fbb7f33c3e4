package wsproto_test

import (
	"fmt"

	"github.com/wscheck/wscheck/wsproto"
)

// An opening handshake: the request is written, the response read and judged.
func ExampleCheckResponse() {
	req := wsproto.NewRequest("server.example.com", "/chat", "dGhlIHNhbXBsZSBub25jZQ==",
		wsproto.Field{Name: "Sec-WebSocket-Protocol", Value: "chat, superchat"})
	fmt.Printf("%d octets to send\n", len(req.AppendTo(nil)))

	answer := "HTTP/1.1 101 Switching Protocols\r\n" +
		"Upgrade: WebSocket\r\n" +
		"Connection: keep-alive\r\n" +
		"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" +
		"Sec-WebSocket-Protocol: mqtt\r\n" +
		"\r\n" +
		"\x81\x05Hello"
	resp, n, err := wsproto.ParseResponse([]byte(answer))
	if err != nil || n == 0 {
		fmt.Println("no response:", err)
		return
	}
	fmt.Printf("%d, and then %q\n", resp.Status, answer[n:])
	for _, p := range wsproto.CheckResponse(resp, req) {
		fmt.Println(p)
	}
	// Output:
	// 202 octets to send
	// 101, and then "\x81\x05Hello"
	// connection-token: want Upgrade in the list, got "keep-alive" (RFC 6455 4.1, 4.2.2)
	// protocol-not-offered: want one of "chat, superchat", got "mqtt" (RFC 6455 4.2.2)
}

// Reading goes on until the head is complete, or never will be.
func ExampleParseRequest() {
	for _, arrived := range []string{
		"GET /chat HTT",
		"GET /chat HTTP/1.1\r\nHost : a\r\n\r\n",
		"\x16\x03\x01\x02",
	} {
		r, n, err := wsproto.ParseRequest([]byte(arrived))
		switch {
		case err != nil:
			fmt.Println(err)
		case n == 0:
			fmt.Println("more is needed")
		default:
			fmt.Printf("%s %s with %q\n", r.Method, r.Target, r.Fields)
		}
	}
	// Output:
	// more is needed
	// GET /chat with [{"Host " "a" "Host : a\r\n"}]
	// wsproto: not HTTP: a request cannot begin with octet 0x16
}

func ExampleParseExtensions() {
	extensions, err := wsproto.ParseExtensions([]string{
		`permessage-deflate; client_max_window_bits; server_max_window_bits="10"`,
	})
	for _, e := range extensions {
		fmt.Println(e.Name)
		for _, p := range e.Params {
			fmt.Println(" ", p)
		}
	}
	fmt.Println(err)

	_, err = wsproto.ParseExtensions([]string{"permessage-deflate; =10"})
	fmt.Println(err)
	// Output:
	// permessage-deflate
	//   client_max_window_bits
	//   server_max_window_bits="10"
	// <nil>
	// want a parameter name in Sec-WebSocket-Extensions "permessage-deflate; =10", at octet 20
}
