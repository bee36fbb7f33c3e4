package peers

import (
	"context"
	"net"

	"github.com/wscheck/wscheck/harness"
)

// TestClient is Client in the shape of a [harness.Client].
func (lib *Library) TestClient(ctx context.Context, dial harness.Dial, url string) error {
	return lib.Client(ctx, func(ctx context.Context) (net.Conn, error) { return dial(ctx, "tcp", "localhost:80") }, url)
}
