package reference

import (
	"fmt"
	"slices"
	"sync"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Mutant is an endpoint that breaks one clause and keeps the others, as far as
// a fault can be alone.
type Mutant struct {
	Name   string          // for [Options.Mutant]
	Clause oracle.ClauseID // the clause that it breaks
	Roles  []wsproto.Role  // the roles in which it does
	Text   string          // what it does, in one line

	// Deflate says that the fault shows only where permessage-deflate is
	// agreed on, or is about its negotiation.
	Deflate bool
	// Subprotocols says that the fault shows only where subprotocols are
	// offered.
	Subprotocols bool
}

// mutant is a Mutant and what it takes: a fault that the endpoint asks for where
// it decides something, or functions that take the place of the endpoint's own.
type mutant struct {
	Mutant
	fault fault

	frame    func(e *endpoint, f wsproto.Frame) error                         // sends a frame, masked as it should be
	echo     func(e *endpoint, op wsproto.Opcode, payload []byte) error       // echoes a message
	pong     func(e *endpoint, payload []byte) error                          // answers a ping
	close    func(e *endpoint, p wsproto.ClosePayload) error                  // answers a close frame
	request  func(e *endpoint, r *wsproto.Request)                            // distorts the request sent
	response func(e *endpoint, r *wsproto.Response, request *wsproto.Request) // distorts the response sent
	refuses  func(r *wsproto.Request) (status int)                            // refuses a request that is right; 0: it does not
}

// conforming is what is no mutant.
var conforming mutant

// The roles in which a mutant shows its fault.
var (
	inBoth   = []wsproto.Role{wsproto.Server, wsproto.Client}
	asServer = []wsproto.Role{wsproto.Server}
	asClient = []wsproto.Role{wsproto.Client}
)

// allMutants returns the tables in the order of the RFCs' sections.
func allMutants() [][]mutant {
	return [][]mutant{
		serverOpeningMutants, clientOpeningMutants, framingMutants, maskingMutants,
		fragmentationMutants, controlMutants, closingMutants, textMutants,
		negotiationMutants, deflateMutants, echoMutants, conductMutants, refusalMutants, writingMutants,
	}
}

// Mutants returns all mutants, by section of the RFCs.
func Mutants() []Mutant {
	var all []Mutant
	for _, table := range allMutants() {
		for i := range table {
			m := table[i].Mutant
			m.Roles = slices.Clone(m.Roles)
			all = append(all, m)
		}
	}
	return all
}

var mutantsByName = sync.OnceValue(func() map[string]*mutant {
	byName := make(map[string]*mutant)
	for _, table := range allMutants() {
		for i := range table {
			byName[table[i].Name] = &table[i]
		}
	}
	return byName
})

// lookupMutant returns the mutant of that name, and the conforming endpoint for
// the empty name.
func lookupMutant(name string) (*mutant, error) {
	if name == "" {
		return &conforming, nil
	}
	m := mutantsByName()[name]
	if m == nil {
		return nil, fmt.Errorf("reference: there is no mutant %q", name)
	}
	return m, nil
}
