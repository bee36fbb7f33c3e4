package gen

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
	"pgregory.net/rapid"
)

// TestRandomRepeats has the same source give the same conversations, and leave
// those alone that it gave before.
func TestRandomRepeats(t *testing.T) {
	for _, role := range roles {
		draw := func() (all []Conversation) {
			rng := rand.New(rand.NewPCG(1, 2))
			for range 500 {
				all = append(all, Random(rng, role))
			}
			return all
		}
		if first, second := draw(), draw(); !reflect.DeepEqual(first, second) {
			t.Errorf("as %s, the same source gives other conversations", role)
		}
	}
}

// mostSteps is more than a conversation has: six courses and two mistakes, and hardly ever more than
// one that is as long as 142 messages that refer to one before.
const mostSteps = 1000

// TestConversations has whatever rapid draws be a conversation whose faults are
// known by name and by clause.
func TestConversations(t *testing.T) {
	for _, role := range roles {
		known := map[string]bool{}
		for _, name := range possibleFaults(role) {
			known[name] = true
		}
		rapid.Check(t, func(t *rapid.T) {
			c := Conversations(role).Draw(t, "conversation")
			if c.Script.Role != role || len(c.Script.Steps) > mostSteps || c.Script.String() == "" {
				t.Fatalf("as %s: %s", role, c.Script)
			}
			if h := &c.Script.Handshake; h.WithFrames && role == wsproto.Client && len(c.Script.Steps) == 0 {
				t.Fatal("no frames follow the opening handshake at once")
			}
			for _, f := range c.Faults {
				if !known[f.Name] || len(f.Clauses) == 0 {
					t.Fatalf("nobody knows of %v", f)
				}
				for _, id := range f.Clauses {
					if oracle.Lookup(id) == nil {
						t.Fatalf("%s is about %s, which is not a clause", f.Name, id)
					}
				}
			}
			for i := range c.Script.Steps {
				if s := &c.Script.Steps[i]; s.Frame.Opcode.IsControl() && len(c.Faults) == 0 && (s.Payload.Size() > maxControl || !s.Frame.Fin) {
					t.Fatalf("a right conversation has %v", s)
				}
			}
		})
	}
}

// plainest draws 0 all the time.
type plainest struct{}

func (plainest) below(int, string) int { return 0 }

// TestPlainest has the draws that rapid shrinks to be the plain conversation, so
// that whatever it leaves matters.
func TestPlainest(t *testing.T) {
	for _, role := range roles {
		c := converse(plainest{}, role).conversation()
		if want := (&oracle.Script{Role: role}).String(); c.Script.String() != want || len(c.Faults) > 0 {
			t.Errorf("got %v\n%s\nwant\n%s", c.Faults, c.Script, want)
		}
	}
}
