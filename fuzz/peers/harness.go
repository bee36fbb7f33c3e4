package peers

import (
	"context"
	"net"

	"github.com/wscheck/wscheck/internal/engine"
)

// TestClient is Client in the shape of a [engine.Client].
func (lib *Library) TestClient(ctx context.Context, dial engine.Dial, url string) error {
	return lib.Client(ctx, func(ctx context.Context) (net.Conn, error) { return dial(ctx, "tcp", "localhost:80") }, url)
}
