package mutation

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/oracle"
)

// dialectsOnly is why nothing of the echo is about a clause.
const dialectsOnly = "it is judged in a dialect that has exchanges alone: see TestDialects"

// unprovoked are the clauses that no case says it exercises, and why.
var unprovoked = map[oracle.ClauseID]string{
	"rfc7692/7.2.1/padding":  "it is for the peer to choose whether a block of its own has BFINAL set",
	"wscheck/answer-missing": dialectsOnly,
	"wscheck/answer-wrong":   dialectsOnly,
}

// unbroken are the clauses that no mutant breaks, and why.
var unbroken = map[oracle.ClauseID]string{
	"rfc6455/5.5.1/close-tcp": "for a server it is server-close-tcp that is judged, and a client that leaves TCP open after the server's end of the stream is seen to hang first: wscheck/peer-hung",
	"wscheck/answer-missing":  dialectsOnly,
	"wscheck/answer-wrong":    dialectsOnly,
}

// TestEveryMustIsCovered wants a case and a mutant for each MUST and MUST NOT
// that can be seen.
func TestEveryMustIsCovered(t *testing.T) {
	for _, c := range Cover() {
		if !c.Owed() || c.Over() != oracle.HTTP1 { // package http2 has those
			continue
		}
		if why, excused := unprovoked[c.ID]; excused == (len(c.Cases) > 0) {
			t.Errorf("%s: %s has the cases %q; its excuse is %q", c.ID, c.Text, c.Cases, why)
		}
		if why, excused := unbroken[c.ID]; excused == (len(c.Mutants) > 0) {
			t.Errorf("%s: %s has the mutants %q; its excuse is %q", c.ID, c.Text, c.Mutants, why)
		}
	}
}

// TestMutantsBindTheirRoles wants each subject to be of a role that its clause
// speaks to.
func TestMutantsBindTheirRoles(t *testing.T) {
	for _, s := range Subjects() {
		c := oracle.Lookup(s.Clause)
		switch {
		case c == nil:
			t.Errorf("%s breaks %s, which is no clause", s, s.Clause)
		case !c.Visible():
			t.Errorf("%s breaks %s, which nobody can see", s, s.Clause)
		case !c.Binds.Role(s.Role):
			t.Errorf("%s breaks %s, which does not bind a %v", s, s.Clause, s.Role)
		}
	}
}

func TestWriteClauses(t *testing.T) {
	var some []Coverage
	for _, c := range Cover() {
		switch c.ID {
		case "rfc6455/5.5/control-fragmented", "rfc6455/5.5.1/close-masked", "rfc6455/5.5.1/reason-shown":
			c.Cases, c.Mutants = []string{"a/1", "a/2", "a/3", "a/4"}, nil
			some = append(some, c)
		}
	}
	var with, without bytes.Buffer
	if err := WriteClauses(&with, some, true); err != nil {
		t.Fatal(err)
	}
	if err := WriteClauses(&without, some, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"MUST NOT", "RFC 6455 5.5.1", "unseen: ", "judged as rfc6455/5.1/client-masks",
		"4 cases: a/1, a/2, a/3, …; no mutant\n",
		"3 clauses: 1 judged (1 of them MUST or MUST NOT, 0 disputed); 1 judged under another id; 1 unseen\n",
		"of the 1 visible MUSTs and MUST NOTs, 1 have a case\n",
		"of the 1 visible MUSTs and MUST NOTs, 0 have a mutant; not rfc6455/5.5/control-fragmented\n",
	} {
		if !strings.Contains(with.String(), want) {
			t.Errorf("no %q in\n%s", want, &with)
		}
	}
	if strings.Contains(without.String(), "a/1") || strings.Contains(without.String(), "no mutant") {
		t.Errorf("coverage that nobody asked for in\n%s", &without)
	}
}

func TestWriteClausesJSON(t *testing.T) {
	var b bytes.Buffer
	all := Cover()
	if err := WriteClausesJSON(&b, all, true); err != nil {
		t.Fatal(err)
	}
	var read []clauseJSON
	if err := json.Unmarshal(b.Bytes(), &read); err != nil {
		t.Fatal(err)
	}
	if len(read) != len(all) {
		t.Fatalf("%d clauses, want %d", len(read), len(all))
	}
	for i, c := range read {
		if c.ID != all[i].ID || c.Level != all[i].Level.String() || len(c.Cases) != len(all[i].Cases) || len(c.Mutants) != len(all[i].Mutants) {
			t.Errorf("%+v, want %+v", c, all[i])
		}
	}
}
