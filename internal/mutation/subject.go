package mutation

import (
	"context"
	"fmt"
	"net"
	"path"
	"slices"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/wsproto"
)

// Subject is a mutant in one of the roles in which it shows its fault.
type Subject struct {
	reference.Mutant
	Role wsproto.Role // the mutant's; our side has the other
}

// String returns the role and the name: "server/accept-rsv1".
func (s Subject) String() string { return s.Role.String() + "/" + s.Name }

// Subjects returns every mutant in each of the roles in which it differs
// visibly from the conforming endpoint, in the order of [reference.Mutants].
func Subjects() []Subject {
	var all []Subject
	for _, m := range reference.Mutants() {
		for _, role := range m.Roles {
			all = append(all, Subject{Mutant: m, Role: role})
		}
	}
	return all
}

// Select returns the subjects that match one of the patterns, all of them without a
// pattern. A pattern is matched as by [path.Match] with the mutant's
// name ("accept-*") or with role and name ("client/accept-*"). An error names
// the pattern that is malformed or matches nothing.
func Select(patterns []string) ([]Subject, error) {
	all := Subjects()
	if len(patterns) == 0 {
		return all, nil
	}
	chosen := make([]bool, len(all))
	for _, pattern := range patterns {
		found := false
		for i, s := range all {
			byName, err := path.Match(pattern, s.Name)
			if err != nil {
				return nil, fmt.Errorf("mutant pattern %q: %w", pattern, err)
			}
			byBoth, _ := path.Match(pattern, s.String())
			if byName || byBoth {
				chosen[i], found = true, true
			}
		}
		if !found {
			return nil, fmt.Errorf("no mutant is called %q", pattern)
		}
	}
	var some []Subject
	for i, s := range all {
		if chosen[i] {
			some = append(some, s)
		}
	}
	return some, nil
}

// subprotocol is what endpoints offer that are to show what they do about
// subprotocols.
var subprotocols = []string{"chat", "superchat"}

// options configures the endpoint that the subject is.
func (s *Subject) options() reference.Options {
	o := baseOptions()
	o.Mutant = s.Name
	if s.Subprotocols {
		o.Subprotocols = slices.Clone(subprotocols)
	}
	return o
}

// seed makes what endpoints draw at random repeatable.
const seed = 1

// baseOptions configures the conforming endpoint that mutants are held against.
func baseOptions() reference.Options {
	return reference.Options{Deflate: new(reference.Deflate), Freedom: reference.Freedom{Seed: seed}}
}

// Endpoint returns the subject as a peer under test.
func (s *Subject) Endpoint() engine.Target { return Endpoint(s.Role, s.options()) }

// Endpoint returns the reference endpoint in a role as a peer under test. What the
// endpoint returns is not looked at.
func Endpoint(role wsproto.Role, o reference.Options) engine.Target {
	if role == wsproto.Server {
		return engine.Server(func(conn net.Conn) { _ = reference.ServeConn(conn, o) })
	}
	return engine.ClientFunc(func(ctx context.Context, dial engine.Dial, url string) error {
		conn, err := dial(ctx, "tcp", "")
		if err != nil {
			return err
		}
		return reference.Connect(conn, url, o)
	})
}
