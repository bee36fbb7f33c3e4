package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/wscheck/wscheck/wsproto"
)

// TestEchoConnects has the command be a client of a server that sends one
// message, awaits its echo, and closes.
func TestEchoConnects(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	served := make(chan error, 1)
	go func() { served <- serveOnce(ln) }()
	code := run([]string{"echo", "--connect", "ws://" + ln.Addr().String() + "/", "--subprotocol", "chat"}, os.Stdout, os.Stderr)
	if err := <-served; err != nil {
		t.Error(err)
	}
	if code != exitOK {
		t.Errorf("exit code %d, want %d", code, exitOK)
	}
}

// serveOnce serves the one client of TestEchoConnects.
func serveOnce(ln net.Listener) error {
	conn, err := ln.Accept()
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return err
	}
	in := bufio.NewReader(conn)
	req, err := http.ReadRequest(in)
	if err != nil {
		return err
	}
	if got := req.Header.Get("Sec-WebSocket-Protocol"); got != "chat" {
		return fmt.Errorf("subprotocol %q, want chat", got)
	}
	if got := req.Header.Get("Sec-WebSocket-Extensions"); got == "" {
		return fmt.Errorf("permessage-deflate is not offered")
	}
	out := wsproto.NewResponse(req.Header.Get("Sec-WebSocket-Key")).AppendTo(nil)
	out = wsproto.NewFrame(wsproto.OpText, true, []byte("spam")).AppendTo(out)
	out = wsproto.NewFrame(wsproto.OpClose, true, wsproto.AppendClose(nil, wsproto.CloseNormal, "")).AppendTo(out)
	if _, err := conn.Write(out); err != nil {
		return err
	}
	const echoes = 2 + 4 + 4 + 2 + 4 + 2 // two headers with masks, and what they head
	_, err = io.ReadFull(in, make([]byte, echoes))
	return err
}
