package oracle

import (
	"fmt"
	"strings"

	"github.com/wscheck/wscheck/wsproto"
)

// Level is the strength of a requirement, in the words of RFC 2119.
type Level uint8

// The four levels that the clause table lists.
const (
	Must Level = iota
	MustNot
	Should
	ShouldNot
)

var levelNames = [...]string{"MUST", "MUST NOT", "SHOULD", "SHOULD NOT"}

// String returns the level as the RFCs write it.
func (l Level) String() string {
	if int(l) < len(levelNames) {
		return levelNames[l]
	}
	return fmt.Sprintf("Level(%d)", uint8(l))
}

// Binding says whether breaking a clause of this level breaks conformance.
func (l Level) Binding() bool { return l == Must || l == MustNot }

// Binds is the set of roles that a clause speaks to.
type Binds uint8

// The roles that a clause can bind.
const (
	BindsClient Binds = 1 << iota
	BindsServer
	BindsBoth = BindsClient | BindsServer
)

// Role reports whether the clause speaks to an endpoint of that role.
func (b Binds) Role(r wsproto.Role) bool {
	if r == wsproto.Client {
		return b&BindsClient != 0
	}
	return b&BindsServer != 0
}

// String returns "client", "server" or "both".
func (b Binds) String() string {
	switch b {
	case BindsClient:
		return "client"
	case BindsServer:
		return "server"
	case BindsBoth:
		return "both"
	}
	return fmt.Sprintf("Binds(%d)", uint8(b))
}

// ClauseID names one requirement of an RFC, for example
// "rfc6455/5.5/control-fragmented": document, section, and a word or two. Ids
// are stable: they are written by hand and never follow from a position.
type ClauseID string

// Clause is one requirement of RFC 6455, RFC 7692, RFC 8441 or RFC 9113, or of the contract that
// the implementation under test has with wscheck.
type Clause struct {
	ID      ClauseID
	Level   Level
	Binds   Binds
	Section string // "RFC 6455 5.5"
	Text    string // the requirement in one line of our own wording

	// Unseen is the reason why the other endpoint cannot see on the wire
	// whether the clause is kept, and empty where it can.
	Unseen string

	// SameAs names the clause at which this one is judged, reported and counted
	// where an RFC says the same thing in two places. Empty for most.
	SameAs ClauseID

	// Disputed says that the text can be argued both ways, as Note tells:
	// whoever breaks the clause is Allowed to, whatever its level.
	Disputed bool

	// Note tells where careful implementations are known to differ and what
	// both readings are. Empty for most.
	Note string
}

// Visible reports whether the other endpoint can see the clause being broken,
// and has it judged under this id and no other.
func (c *Clause) Visible() bool { return c.Unseen == "" && c.SameAs == "" }

// Over returns the carrier over which alone the clause can be broken, and HTTP1 for
// one of every WebSocket.
func (c *Clause) Over() Carrier {
	if strings.HasPrefix(string(c.ID), "rfc8441/") || strings.HasPrefix(string(c.ID), "rfc9113/") {
		return HTTP2
	}
	return HTTP1
}

// Fatal reports whether breaking the clause is a [Violation]; otherwise it is
// [Allowed].
func (c *Clause) Fatal() bool { return c.Level.Binding() && !c.Disputed }
