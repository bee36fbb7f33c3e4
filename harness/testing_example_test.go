package harness_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"testing"

	"github.com/wscheck/wscheck/harness"
	"github.com/wscheck/wscheck/internal/reference"
)

// serveEcho is a server for one connection, here that of package reference.
func serveEcho(conn net.Conn) { _ = reference.ServeConn(conn, reference.Options{}) }

// A test file of a library needs no more than this.
func ExampleTestServer() {
	_ = func(t *testing.T) { // func TestConformance(t *testing.T)
		harness.TestServer(t, serveEcho, nil)
	}
}

// A server on net/http is tested by its handler.
func ExampleHandler() {
	var upgradeAndEcho http.Handler
	_ = func(t *testing.T) { // func TestConformance(t *testing.T)
		harness.TestServer(t, harness.Handler(upgradeAndEcho), nil)
	}
}

// A client connects with the dialer that it is given.
func ExampleTestClient() {
	client := func(ctx context.Context, dial harness.Dial, url string) error {
		conn, err := dial(ctx, "tcp", "localhost:80")
		if err != nil {
			return err
		}
		return reference.Connect(conn, url, reference.Options{})
	}
	_ = func(t *testing.T) { // func TestConformance(t *testing.T)
		harness.TestClient(t, client, nil)
	}
}

// What a library is known to do otherwise is listed, with the reason why.
func ExampleDeviation() {
	config := &harness.Config{
		Known: []harness.Deviation{
			{Clause: "rfc6455/8.1/utf8-fail", Reason: "checking UTF-8 is left to the user"},
			{Case: "9.3.*", Reason: "messages are limited to a megaoctet"},
		},
		Lacks: []string{"permessage-deflate"},
	}
	_ = func(t *testing.T) { // func TestConformance(t *testing.T)
		harness.TestServer(t, serveEcho, config)
	}
}

// Without package testing, a server is run over the loopback interface.
func ExampleRun() {
	report, err := harness.Run(context.Background(), harness.Server(serveEcho), &harness.Config{Cases: []string{"1.1.*"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, result := range report.Results {
		fmt.Println(result.Case, result.Verdict.Outcome, result.Autobahn)
	}
	// Output:
	// autobahn/1.1.1 pass OK
	// autobahn/1.1.2 pass OK
	// autobahn/1.1.3 pass OK
	// autobahn/1.1.4 pass OK
	// autobahn/1.1.5 pass OK
	// autobahn/1.1.6 pass OK
	// autobahn/1.1.7 pass OK
	// autobahn/1.1.8 pass OK
}
