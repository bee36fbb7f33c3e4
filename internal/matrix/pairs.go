package matrix

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/internal/visible"
	"github.com/wscheck/wscheck/internal/workers"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// clausePeerDied is broken by a peer whose process ends.
const clausePeerDied oracle.ClauseID = "wscheck/peer-died"

// arrivalLimit is how long a client may take to connect.
const arrivalLimit = 60 * time.Second

// Pair is what came of a client and a server that met twice: once they were closed in the
// server's name, once in the client's.
type Pair struct {
	Client, Server string // their agents
	Exchanges      [2]*Exchange
}

// Grid is which clients exchange messages with which servers.
type Grid struct {
	Clients, Servers []string // agents, in order
	Pairs            []*Pair  // by server, then by client
}

// Pairs connects each client to each server, config.Side servers at a time.
func Pairs(ctx context.Context, clients, servers []*Peer, config *Config) (*Grid, error) {
	r := newRun(slices.Concat(clients, servers), config)
	r.total = len(clients) * len(servers)
	r.clients = r.agents(ctx, clients)
	var grid Grid
	for _, c := range r.clients {
		grid.Clients = append(grid.Clients, c.agent)
	}
	if len(r.clients) == 0 {
		return &grid, context.Cause(ctx)
	}
	rows := make([][]*Pair, len(servers))
	workers.Each(ctx, len(servers), config.Side, func(i int) { rows[i] = r.exchangeAll(ctx, servers[i]) })
	for _, row := range rows {
		if row != nil {
			grid.Servers = append(grid.Servers, row[0].Server)
			grid.Pairs = append(grid.Pairs, row...)
		}
	}
	return &grid, context.Cause(ctx)
}

// ready is a client that can be started.
type ready struct {
	*Peer
	agent string
}

// agents builds the clients and returns those that there are.
func (r *run) agents(ctx context.Context, clients []*Peer) (all []ready) {
	for _, p := range clients {
		if release, err := r.prepare(ctx, p); err != nil {
			r.unplayed(ctx, p, err)
		} else {
			all = append(all, ready{p, p.Agent(release)})
		}
	}
	return all
}

// start starts a server on a free port, and waits until it listens.
func start(ctx context.Context, p *Peer) (*process.Process, error) {
	port, err := process.FreePort()
	if err != nil {
		return nil, err
	}
	return process.Start(ctx, &process.Config{
		Command: "cd " + visible.Word(p.Dir) + " && " + p.Run, Port: port, Network: "tcp", Address: net.JoinHostPort("127.0.0.1", port),
	})
}

// dial connects to a server, which is started again if it has ended.
func dial(ctx context.Context, server *process.Process) (net.Conn, error) {
	if _, err := server.Ensure(ctx); err != nil {
		return nil, err
	}
	var d net.Dialer
	return d.DialContext(ctx, server.Network, server.Address)
}

// exchangeAll connects all clients to a server.
func (r *run) exchangeAll(ctx context.Context, p *Peer) (row []*Pair) {
	release, err := r.prepare(ctx, p)
	var server *process.Process
	if err == nil {
		server, err = start(ctx, p)
	}
	if err != nil {
		r.unplayed(ctx, p, err)
		return nil
	}
	defer server.Stop()
	for _, c := range r.clients {
		pair := &Pair{Client: c.agent, Server: p.Agent(release)}
		for i, closer := range closers {
			// A machine that is busy for long looks like a peer that hangs.
			for try := 0; try < 2 && (try == 0 || pair.Exchanges[i].Stalled); try++ {
				pair.Exchanges[i] = exchange(ctx, c.Peer, server, closer)
			}
		}
		if ctx.Err() != nil {
			return nil
		}
		row = append(row, pair)
		r.mu.Lock()
		r.done++
		if r.Met != nil {
			r.Met(pair, r.done, r.total)
		}
		r.mu.Unlock()
	}
	return row
}

var closers = [2]wsproto.Role{wsproto.Server, wsproto.Client}

// exchange starts the client, and connects it to the server.
func exchange(ctx context.Context, p *Peer, server *process.Process, closer wsproto.Role) *Exchange {
	failed := func(err error) *Exchange { return &Exchange{Problem: err.Error()} }
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return failed(err)
	}
	defer ln.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := process.Shell(strings.ReplaceAll(p.Run, "{}", process.ShellVariable("URL")))
	cmd.Dir, cmd.Env = p.Dir, append(os.Environ(), "URL=ws://"+ln.Addr().String()+"/")
	running, err := process.StartCommand(cmd, time.Second)
	if err != nil {
		return failed(err)
	}
	defer running.End() // how it ends is for the middle to see
	go func() {
		running.Await(ctx, nil, arrivalLimit)
		ln.Close() // where the client never came
	}()
	client, err := ln.Accept()
	if err != nil {
		return failed(errors.New("the client did not connect"))
	}
	there, err := dial(ctx, server)
	if err != nil {
		client.Close()
		return failed(fmt.Errorf("the server does not listen: %w", err))
	}
	died := server.Deaths()
	m := relay(ctx, client, there, closer, exchangeIdle)
	if server.Deaths() > died {
		m.Broken[wsproto.Server] = append(m.Broken[wsproto.Server], clausePeerDied)
	}
	return m
}
