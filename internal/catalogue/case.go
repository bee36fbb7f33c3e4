package catalogue

import (
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Roles is a set of the roles that our side plays.
type Roles uint8

// The sets: a case for AsClient tests servers, one for AsServer tests clients.
const (
	AsClient Roles = 1 << wsproto.Client
	AsServer Roles = 1 << wsproto.Server
	InBoth         = AsClient | AsServer
)

// Has reports whether our side plays that role.
func (r Roles) Has(role wsproto.Role) bool { return r&(1<<role) != 0 }

// Case is one conversation that the suite plays with every peer.
type Case struct {
	// ID is the full, stable name: "autobahn/4.2.4", or document, section and a
	// word or two, "rfc6455/5.5/ping-126".
	ID string `json:"id"`

	// Number is the 1-based number that Autobahn|Testsuite knows the case by,
	// 0 for a case that it does not have.
	Number int `json:"number,omitempty"`

	Description string   `json:"description,omitempty"` // what our side does
	Expectation string   `json:"expectation,omitempty"` // what a conforming peer does
	RFC         []string `json:"rfc,omitempty"`         // sections that the case is about: "RFC 6455 5.2"

	// Clauses that the case is meant to exercise.
	Clauses []oracle.ClauseID `json:"clauses,omitempty"`

	Alone bool `json:"alone,omitempty"` // measures time: no other case runs beside it
	Bulk  bool `json:"-"`               // much of it is the processors' work: as many run side by side as there are of those
	Slow  bool `json:"slow,omitempty"`  // left out by -short: more than a megaoctet, or many messages
	Quiet bool `json:"-"`               // nothing but the script's octets may be sent: no pings of the engine's own

	// Idle is how long nothing is sent in a case that is about what the peer does meanwhile.
	// Over a socket it takes so long unless the run is quick.
	Idle time.Duration `json:"-"`

	// Roles in which our side can play the case.
	Roles Roles `json:"-"`

	// Script is written for our side as the client, if it plays that role at
	// all. Played as the server, the same steps are taken with the masking of
	// that role.
	Script oracle.Script `json:"-"`

	// Autobahn is what Autobahn|Testsuite expects; nil for a case that it does
	// not have.
	Autobahn *autobahn.Expectation `json:"autobahn,omitempty"`

	// ServerDeflate is how our side, as the server, answers the client's
	// permessage-deflate offer: the first attempt that asks only for what the
	// client says it can serve. Where there is none, the peer is reported as
	// not implementing the case. Nil: permessage-deflate is not negotiated.
	ServerDeflate []DeflateAnswer `json:"-"`

	// URL is where a client in this process is sent: the ordinary one for "". One that a
	// command starts for the case is sent to its path and query, over IPv6 if it has such an
	// address. Another client goes to its own URL.
	URL string `json:"-"`

	// Dialect is the name of the dialect that the script was made one of by
	// [Case.In], "" for an echo.
	Dialect string `json:"-"`

	// Beside is how many more connections have the same conversation at the same
	// time, where the engine makes the connections.
	Beside int `json:"-"`

	companions []*Case // what those connections have, where it is not the same: see [Case.Companion]

	// Act is what the peer is asked to do first; nil for nothing. See [Acts].
	Act *Act `json:"-"`

	// Measure says what is measured of a peer whose process the engine can see,
	// besides the verdict; nil for nothing.
	Measure *Measure `json:"-"`
}

// DeflateAnswer is one attempt of a server to accept a permessage-deflate
// offer (RFC 7692 7.1), by what it asks of the client.
type DeflateAnswer struct {
	RequestNoContextTakeover bool // client_no_context_takeover is in the answer
	RequestMaxWindowBits     int  // client_max_window_bits of 9 to 15; 0: not in the answer
}
