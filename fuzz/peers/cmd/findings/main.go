// Command findings runs the suite with every library, in every role that it has, and writes what it finds: clause by
// clause, with the cases that show it.
//
//	findings > docs/findings.md
//
// It is run from the module's folder, over the loopback interface, and takes some minutes: it waits for those that do not answer.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/wscheck/wscheck/fuzz/peers"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/wsproto"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "findings:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	known, err := report.LoadBaseline(browserBaseline)
	if err != nil {
		return err
	}
	page := newPage(known)
	for _, lib := range peers.All() {
		for role, target := range map[wsproto.Role]engine.Target{
			wsproto.Server: engine.Server(lib.Server),
			wsproto.Client: engine.ClientFunc(lib.TestClient),
		} {
			config := &engine.Config{Exclude: []string{"12.*", "13.*"}}
			if !lib.Compression {
				config.Lacks = []engine.Feature{engine.FeatureDeflate}
			}
			r, err := engine.Run(ctx, target, config)
			if err != nil {
				return err
			}
			if r.Stopped != "" {
				return fmt.Errorf("stopped: %s", r.Stopped)
			}
			page.add(&lib, role, r)
		}
	}
	return page.write(os.Stdout)
}
