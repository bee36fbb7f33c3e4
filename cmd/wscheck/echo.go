package main

import (
	"fmt"
	"net"

	"github.com/wscheck/wscheck/harness/reference"
)

type echoCmd struct {
	Listen string `default:"127.0.0.1:9001" placeholder:"ADDR" help:"Address to listen on (${default}). Port 0 takes a free one."`
}

// Run serves until it is interrupted.
func (c *echoCmd) Run(e *env) error {
	var o reference.Options
	if err := o.Check(); err != nil {
		return usage(err)
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(e.ctx, "tcp", c.Listen)
	if err != nil {
		return usage(fmt.Errorf("--listen: %w", err))
	}
	fmt.Fprintf(e.stdout, "listening on ws://%s/\n", ln.Addr())
	return reference.Serve(e.ctx, ln, o)
}
