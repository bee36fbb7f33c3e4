package jsonvec

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/probe"
	"github.com/wscheck/wscheck/internal/wire"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// every is the step at which cases are taken: -short takes a few.
func every(n int) int {
	if testing.Short() {
		return 20 * n
	}
	return n
}

// suite returns the vectors of the catalogue's cases.
func suite(t *testing.T) (vectors []*Vector) {
	t.Helper()
	for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
		for i, c := range catalogue.For(role) {
			if c.Slow || c.Bulk || i%every(1) != 0 {
				continue
			}
			s := c.Script
			s.Role = role
			v, err := FromScript(c.ID+"/"+role.Peer().String(), c.Description, &s)
			switch {
			case errors.Is(err, probe.ErrHandshake), errors.Is(err, wire.ErrData), errors.Is(err, ErrTooLong), errors.Is(err, probe.ErrInflated):
			case err != nil:
				t.Errorf("%s: %v", c.ID, err)
			case octetsOf(v) <= 4096: // the longer ones take most of the time
				vectors = append(vectors, v)
			}
		}
	}
	return vectors
}

func octetsOf(v *Vector) (n int) {
	for _, piece := range v.Octets {
		n += len(piece)
	}
	return n
}

// TestSuite has vectors of the whole suite that the schema and the reader take,
// and that are judged by what they are about.
func TestSuite(t *testing.T) {
	vectors := suite(t)
	counts := map[Result]int{}
	for _, v := range vectors {
		counts[v.Result]++
		if v.Fail == nil {
			continue
		}
		clause := oracle.Lookup(v.Fail.Clause)
		if clause == nil || v.Result == Fail && !clause.Fatal() || len(v.Fail.Codes) == 0 {
			t.Errorf("%s: %s, %+v", v.Name, v.Result, v.Fail)
		}
		for _, e := range v.Events {
			if v.Result == Fail && e.At >= v.Fail.Last {
				t.Errorf("%s: an event at %d, where it fails at %d", v.Name, e.At, v.Fail.Last)
			}
		}
	}
	if least := 1000 / every(1); counts[Keep] < least || counts[Fail] < least || counts[Either] < least/10 {
		t.Errorf("the results are %v", counts)
	}
	file, err := Format(vectors)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse(file)
	if err != nil || len(again) != len(vectors) {
		t.Fatalf("%d vectors, %v", len(again), err)
	}
	if twice, err := Format(again); err != nil || !bytes.Equal(twice, file) {
		t.Errorf("written twice, the file differs, or %v", err)
	}
	for _, p := range problems(t, file) {
		t.Error(p)
	}
}

// TestBisected holds the octets that were found by halving against those found
// one by one.
func TestBisected(t *testing.T) {
	for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
		for i, c := range catalogue.For(role) {
			if c.Slow || c.Bulk || i%every(7) != 0 {
				continue
			}
			s := c.Script
			s.Role = role
			v, err := FromScript(c.ID, "", &s)
			if err != nil || v.Result == Keep || v.Fail.Last > 200 || octetsOf(v) > 4096 {
				continue
			}
			exchange, err := probe.New(&s)
			if err != nil {
				t.Fatal(err)
			}
			events, err := exchange.Events()
			if err != nil {
				t.Fatal(err)
			}
			p := probe.NewProber(exchange, probe.Replies(events))
			if len(p.Taken(len(exchange.Octets))) == 0 {
				continue // the wrong part is not complete
			}
			may := func(n int) bool {
				return slices.ContainsFunc(v.Fail.Codes, func(code wsproto.CloseCode) bool { return len(p.Failing(n, code)) == 0 })
			}
			for n := range v.Fail.Last + 1 {
				findings := p.Taken(n)
				if got, want := len(findings) > 0 && (v.Result == Either || violated(findings)), n >= v.Fail.Last; got != want {
					t.Errorf("%s: with %d octets %v, of %+v", c.ID, n, findings, v.Fail)
				}
				if n >= v.Fail.First && !may(n) {
					t.Errorf("%s: must not fail with %d octets, of %+v", c.ID, n, v.Fail)
				}
			}
		}
	}
}
