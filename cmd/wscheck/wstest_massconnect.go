package main

import (
	"errors"
	"fmt"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/spec"
	"github.com/wscheck/wscheck/internal/testee"
)

// massConnect connects many clients to each server, one server after the other.
func (c *wstestCmd) massConnect(e *env) error {
	m, err := spec.LoadMassConnect(c.Spec)
	if err != nil {
		return usage(err)
	}
	if m.Options.Connections > testee.MaxCrowd {
		return usage(fmt.Errorf("%s: options.connections is %d: there are ports for %d", c.Spec, m.Options.Connections, testee.MaxCrowd))
	}
	for i, server := range m.Servers {
		if _, _, err := listenAddress(server.URI); err != nil {
			return usage(fmt.Errorf("%s: servers[%d].uri: %w", c.Spec, i, err))
		}
	}
	var errs []error
	for _, server := range m.Servers {
		errs = append(errs, c.gather(e, m, server))
		if e.ctx.Err() != nil {
			errs = append(errs, &exitError{exitFailed, errors.New("interrupted")})
			break
		}
	}
	return errors.Join(errs...)
}

// gather connects the clients to one server, and prints how that went.
func (c *wstestCmd) gather(e *env, m *spec.MassConnect, server spec.MassServer) error {
	batch, failures := m.Options.BatchSize, 0
	crowd := testee.Crowd{
		Dialer: c.dialer(), Connections: m.Options.Connections, BatchSize: batch,
		Connected: func(n int) {
			if n%batch == 0 {
				fmt.Fprint(e.stdout, ".")
			}
		},
		Failed: func(error) {
			if failures%batch == 0 {
				fmt.Fprint(e.stdout, "!")
			}
			failures++
		},
	}
	crowd.BatchDelay, crowd.RetryDelay = m.Delays()
	g, err := crowd.Run(e.ctx, server.URI)
	fmt.Fprintf(e.stdout, " %d of %s connected to %q at %s in %.3f s, with %s that failed, and %s lost\n",
		g.Connected, plural.Of(m.Options.Connections, "client"), server.Name, server.URI, g.Took.Seconds(),
		plural.Of(g.Failed, "try", "tries"), plural.Of(g.Lost, "connection"))
	switch {
	case err != nil:
		return nil // it is the interruption, which is reported elsewhere
	case g.Connected == 0:
		return &engine.UnreachableError{URL: server.URI, Err: g.Err}
	case g.Connected < m.Options.Connections:
		return &exitError{exitFailed, fmt.Errorf("%s: not all clients got in: %w", server.URI, g.Err)}
	case g.Lost > 0:
		return &exitError{exitFailed, fmt.Errorf("%s: %s lost", server.URI, plural.Of(g.Lost, "connection was", "connections were"))}
	}
	return nil
}
