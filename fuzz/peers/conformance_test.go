package peers

import (
	"context"
	"net"
	"testing"

	"github.com/wscheck/wscheck/harness"
	"github.com/wscheck/wscheck/wsproto"
)

// protocol are the cases of Autobahn|Testsuite that measure no time and
// negotiate no compression.
var protocol = []string{"1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"}

// client is the library's client in the shape that the harness asks for.
func (lib *Library) client() harness.Client {
	return func(ctx context.Context, dial harness.Dial, url string) error {
		return lib.Client(ctx, func(ctx context.Context) (net.Conn, error) { return dial(ctx, "tcp", "localhost:80") }, url)
	}
}

// TestServers plays every case with every library as a server.
func TestServers(t *testing.T) {
	for _, lib := range All() {
		t.Run(lib.Name, func(t *testing.T) {
			harness.TestServer(t, lib.Server, &harness.Config{Judge: "rfc", Known: lib.Known(wsproto.Server)})
		})
	}
}

// TestClients plays every case with every library as a client.
func TestClients(t *testing.T) {
	for _, lib := range All() {
		t.Run(lib.Name, func(t *testing.T) {
			harness.TestClient(t, lib.client(), &harness.Config{Judge: "rfc", Known: lib.Known(wsproto.Client)})
		})
	}
}
