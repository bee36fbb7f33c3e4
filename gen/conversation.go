package gen

import (
	"math/rand/v2"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
	"pgregory.net/rapid"
)

// Conversation is a script, and what is wrong in it on purpose. Scripts share what
// they are made of with each other: the octets of their payloads and the lists of
// their opening handshakes are not to be changed in place.
type Conversation struct {
	Script *oracle.Script

	// Faults are what our side does that a conforming endpoint would not, in the
	// order of the script; empty for a conversation that is legal throughout.
	// The peer need not read those after the first fatal one.
	Faults []Fault
}

// Fault is something that our side does wrong on purpose.
type Fault struct {
	Name string // stable: "reserved-bits", or a case with the same fault, "rfc6455/11.3.3/accept-twice"

	// Clauses are those that the fault puts to the test: what the peer has to do
	// about it.
	Clauses []oracle.ClauseID
}

// Random returns a conversation for our side in a role, within microseconds: a
// quarter of them are right, most others have one fault, and some have two. The
// same state of rng gives the same conversation.
func Random(rng *rand.Rand, role wsproto.Role) Conversation {
	return converse(randomDraws{rng}, role).conversation()
}

// Conversations is [Random] over the draws of rapid: what rapid shrinks becomes a
// shorter and plainer conversation.
func Conversations(role wsproto.Role) *rapid.Generator[Conversation] {
	return rapid.Custom(func(t *rapid.T) Conversation { return converse(rapidDraws{t}, role).conversation() })
}
