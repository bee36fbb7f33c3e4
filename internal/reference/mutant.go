package reference

import (
	"bytes"
	"slices"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Mutant is an endpoint that breaks one clause and keeps the others, where
// a fault can be alone.
type Mutant struct {
	Name   string          // for [Options.Mutant]
	Clause oracle.ClauseID // the clause that it breaks
	Roles  []wsproto.Role  // the roles in which it does
	Text   string          // what it does, in one line

	// Deflate says that the fault shows only where permessage-deflate is
	// agreed, or is about its negotiation.
	Deflate bool
	// Subprotocols says that the fault shows only where subprotocols are
	// offered.
	Subprotocols bool
}

// mutant is a row of the tables: a Mutant and the hooks that it replaces. To add a
// mutant is to add a row.
type mutant struct {
	Mutant
	change change
}

// change replaces hooks of an endpoint. It is called once for each connection, so that
// what a mutant remembers can be its local variables.
type change = func(h *hooks)

// both returns the mutant that shows its fault in both roles. Its changes are made in
// their order.
func both(name string, clause oracle.ClauseID, text string, changes ...change) mutant {
	m := server(name, clause, text, changes...)
	m.Roles = []wsproto.Role{wsproto.Server, wsproto.Client}
	return m
}

// server returns the mutant that shows its fault as a server.
func server(name string, clause oracle.ClauseID, text string, changes ...change) mutant {
	return mutant{
		Mutant{Name: name, Clause: clause, Roles: []wsproto.Role{wsproto.Server}, Text: text},
		func(h *hooks) {
			for _, change := range changes {
				change(h)
			}
		},
	}
}

// client returns the mutant that shows its fault as a client.
func client(name string, clause oracle.ClauseID, text string, changes ...change) mutant {
	m := server(name, clause, text, changes...)
	m.Roles = []wsproto.Role{wsproto.Client}
	return m
}

// withDeflate returns the mutant as one that needs permessage-deflate.
func (m mutant) withDeflate() mutant {
	m.Deflate = true
	return m
}

// withSubprotocols returns the mutant as one that needs subprotocols.
func (m mutant) withSubprotocols() mutant {
	m.Subprotocols = true
	return m
}

// Changes of one hook, by what the hook does.

func sends(f func(e *endpoint, f wsproto.Frame) error) change {
	return func(h *hooks) { h.send = f }
}

func echoes(f func(e *endpoint, op wsproto.Opcode, payload []byte) error) change {
	return func(h *hooks) { h.echo = f }
}

func pongs(f func(e *endpoint, payload []byte) error) change {
	return func(h *hooks) { h.pong = f }
}

func closes(f func(e *endpoint, p wsproto.ClosePayload) error) change {
	return func(h *hooks) { h.close = f }
}

func skips(f func(e *endpoint, h wsproto.Header) bool) change {
	return func(h *hooks) { h.skip = f }
}

func misreads(f func(e *endpoint, h *wsproto.Header)) change {
	return func(h *hooks) { h.header = f }
}

func suspects(r rule, f func(e *endpoint, h wsproto.Header) bool) change {
	return func(h *hooks) {
		h.suspect = func(e *endpoint, b []byte) *Violation {
			if header, n := wsproto.ParseHeader(b); n > 0 && f(e, header) {
				return e.violates(r, 0)
			}
			return nil
		}
	}
}

// overlooks does not enforce rules.
func overlooks(rules ...rule) change {
	return overlooksIf(func(*endpoint, []byte) bool { return true }, rules...)
}

// overlooksIf does not enforce rules where chosen reports so; see hooks.enforce.
func overlooksIf(chosen func(e *endpoint, b []byte) bool, rules ...rule) change {
	return func(h *hooks) {
		enforce := h.enforce
		h.enforce = func(e *endpoint, r rule, b []byte) bool {
			return enforce(e, r, b) && !(slices.Contains(rules, r) && chosen(e, b))
		}
	}
}

// overlooksOn does not enforce rules in frames of some opcodes.
func overlooksOn(chosen func(op wsproto.Opcode) bool, rules ...rule) change {
	return overlooksIf(func(_ *endpoint, b []byte) bool { return chosen(opcodeOf(b)) }, rules...)
}

// opcodeOf returns the opcode of a header.
func opcodeOf(b []byte) wsproto.Opcode { return wsproto.Opcode(b[0] & maskOpcode) }

// is returns whether an opcode is op.
func is(op wsproto.Opcode) func(wsproto.Opcode) bool {
	return func(o wsproto.Opcode) bool { return o == op }
}

// setPayload replaces a frame's payload, and the length that its header states.
func setPayload(f *wsproto.Frame, payload []byte) {
	f.Payload, f.Length = payload, uint64(len(payload))
}

// upperASCII returns b with its ASCII letters in upper case.
func upperASCII(b []byte) []byte {
	b = bytes.Clone(b)
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return b
}

// hang does nothing, until the idle time is over or the endpoint is stopped.
func (e *endpoint) hang() {
	t := time.NewTimer(e.IdleTimeout)
	defer t.Stop()
	select {
	case <-t.C:
	case <-e.stopped:
	}
}
