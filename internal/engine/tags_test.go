package engine

import (
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/marker"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// TestSideBySide plays the cases of several connections at a time with peers that
// keep them apart and with one that does not, in memory and over TCP.
func TestSideBySide(t *testing.T) {
	config := &Config{Cases: []string{"rfc*/*/side-by-side*"}}
	for _, role := range []wsproto.Role{wsproto.Server, wsproto.Client} {
		for _, engine := range []struct {
			name string
			run  func(Target) (*Report, error)
		}{
			{"live", func(target Target) (*Report, error) { return Run(t.Context(), target, config) }},
			{"bubble", func(target Target) (*Report, error) { return RunBubble(t, target, config) }},
		} {
			t.Run(engine.name+"/"+role.String(), func(t *testing.T) {
				for _, mutant := range []string{"", "mix-connections"} {
					r, err := engine.run(referencePeer(role, reference.Options{Deflate: new(reference.Deflate), Mutant: mutant}))
					if err != nil {
						t.Fatal(err)
					}
					if len(r.Agents[0].Results) != 2 {
						t.Fatalf("%d results", len(r.Agents[0].Results))
					}
					for _, result := range r.Agents[0].Results {
						i := slices.IndexFunc(result.RFC.Findings, func(f oracle.Finding) bool { return f.Clause == "wscheck/peer-mixed" })
						switch {
						case mutant == "" && result.RFC.Outcome != oracle.Pass:
							t.Errorf("%s with a peer that conforms: %+v", result.Case.ID, result.RFC)
						case mutant == "":
						case i < 0:
							t.Errorf("%s: %+v", result.Case.ID, result.RFC)
						case strings.Count(result.RFC.Findings[i].Got, result.Case.ID) != 2 && !strings.Contains(result.RFC.Findings[i].Got, "side-by-side"):
							t.Errorf("%s: the finding does not name both connections: %s", result.Case.ID, result.RFC.Findings[i].Got)
						}
					}
				}
			})
		}
	}
}

// TestRandomScriptsAreTagged wants a good part of the scripts that are made at
// random to have a message with a tag, and none to be other than one whose payload
// is free.
func TestRandomScriptsAreTagged(t *testing.T) {
	const scripts = 300
	for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
		tagged := 0
		for n := range scripts {
			cs := RandomCase(role, 1, n)
			c := new(tagging)
			c.begin(new(tags), cs, nil)
			if slices.ContainsFunc(cs.Script.Steps, func(s oracle.Step) bool { return !s.HasDeclared && s.Frame.Rsv == 0 && c.tagsIn(&s) }) {
				tagged++
			}
		}
		if tagged < scripts/4 {
			t.Errorf("%d of %d scripts of ours as the %v have a tag", tagged, scripts, role)
		}
	}
}

// TestTagged cuts a long payload at every place: the pieces have the octets that
// the whole has.
func TestTagged(t *testing.T) {
	cs := &catalogue.Case{ID: catalogue.RFCPrefix + "/long"}
	c, room := new(tagging), []byte(nil)
	c.begin(new(tags), cs, nil)
	step := &oracle.Step{
		Kind: oracle.StepFrame, Frame: wsproto.Header{Fin: true, Opcode: wsproto.OpText},
		Payload: oracle.Payload{Data: []byte("wscheck"), Len: 3*tagPause + marker.Size - 1},
	}
	plain := step.Payload.AppendRange(nil, 0, step.Payload.Len)
	whole := string(c.tagged(&room, step, 0, plain))
	if got := strings.Count(whole, string(c.self.tag[:])); got != 3 {
		t.Errorf("the tag is in it %d times, want 3", got)
	}
	for cut := range plain {
		pieces := append([]byte(nil), c.tagged(&room, step, 0, plain[:cut])...)
		if pieces = append(pieces, c.tagged(&room, step, cut, plain[cut:])...); string(pieces) != whole {
			t.Fatalf("cut after %d octets, it is another", cut)
		}
	}
	if string(plain) != strings.Repeat("wscheck", len(plain))[:len(plain)] {
		t.Error("the payload itself was changed")
	}
	for name, change := range map[string]func(*oracle.Step){
		"short":         func(s *oracle.Step) { s.Payload.Len = tagFrom - 1 },
		"literal":       func(s *oracle.Step) { s.Payload = oracle.Payload{Data: plain} },
		"not ASCII":     func(s *oracle.Step) { s.Payload.Data = []byte("κόσμε") },
		"reserved bits": func(s *oracle.Step) { s.Frame.Rsv = 4 },
		"a close frame": func(s *oracle.Step) { s.Frame.Opcode = wsproto.OpClose },
	} {
		other := *step
		change(&other)
		octets := other.Payload.AppendRange(nil, 0, other.Payload.Size())
		if string(c.tagged(&room, &other, 0, octets)) != string(octets) {
			t.Errorf("%s: has a tag", name)
		}
	}
	autobahn := catalogue.Autobahn()[0]
	c = new(tagging)
	if c.begin(new(tags), autobahn, nil); c.tags != nil {
		t.Error("a case of Autobahn's has a tag")
	}
}

// TestTagsAreForgotten bounds what is remembered of connections.
func TestTagsAreForgotten(t *testing.T) {
	all := new(tags)
	first := all.enter("a")
	for range keptTags {
		last := all.enter("a")
		if of, ok := all.owner(string(last.tag[:])); !ok || of.number != last.number {
			t.Fatalf("connection %d is not known by its tag", last.number)
		}
	}
	if _, ok := all.owner(string(first.tag[:])); ok || len(all.owners.values) != keptTags {
		t.Errorf("%d connections are known, the first of them: %t", len(all.owners.values), ok)
	}
}
