package fuzzingserver

import (
	"fmt"
	"net/http"
	"time"

	"github.com/wscheck/wscheck/internal/access"
	"github.com/wscheck/wscheck/internal/engine"
)

// Config says what is served and how. A nil *Config is the zero value, and the
// zero value serves every case with the defaults. Its functions are called one
// call at a time.
type Config struct {
	// Config selects and judges the cases. Jobs, Live, Known and Hang play no
	// part. ReportDir is where reports are written, as cases end; a report that
	// is there already is added to. Progress is called for each case that has
	// ended: Done counts the agent's cases, Total those that are served.
	engine.Config

	// Subprotocols are those that the server speaks, for clients that insist on
	// one: of those that a client offers, the first that is here is taken. The
	// cases about the opening handshake have answers of their own.
	Subprotocols []string

	// Page answers requests other than opening handshakes; nil means a page that
	// says what this server is. Connections are not kept for further requests.
	Page http.Handler

	// Access says which requests of browsers are answered; nil means all.
	// Refusals are noticed at most once a second.
	Access *access.Rules

	// Updated, if not nil, is called when an agent has asked for the report and
	// it is written.
	Updated func(agent string)

	// Notice, if not nil, is called with what else is worth noticing, a line at a time:
	// that connections are turned away, for example. What clients sent is in it
	// as printable text.
	Notice func(line string)

	MaxConns  int           // connections at a time; 0 means 512. Others are answered with 503
	MaxAgents int           // agents that are known at a time; 0 means 256. Others take the place of those with fewest results
	HeadTime  time.Duration // for a request to arrive, TLS included; 0 means 5 s
	Patience  time.Duration // for the result that /getCaseStatus asks for; 0 means 2 min
}

// Defaults of [Config].
const (
	defaultMaxConns  = 512
	defaultMaxAgents = 256
	defaultHeadTime  = 5 * time.Second
	defaultPatience  = 2 * time.Minute
)

// check reports what in c makes no sense. The cases are looked at elsewhere.
func (c *Config) check() error {
	switch {
	case c.Access != nil && c.Access.Check() != nil:
		return c.Access.Check()
	case c.MaxConns < 0:
		return fmt.Errorf("max conns: %d is less than 0", c.MaxConns)
	case c.MaxAgents < 0:
		return fmt.Errorf("max agents: %d is less than 0", c.MaxAgents)
	case c.HeadTime < 0:
		return fmt.Errorf("head time: %v is less than 0", c.HeadTime)
	case c.Patience < 0:
		return fmt.Errorf("patience: %v is less than 0", c.Patience)
	}
	return nil
}
