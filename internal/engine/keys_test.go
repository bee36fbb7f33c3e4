package engine

import (
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// TestKeyOfAnotherConnection plays several cases with clients that choose their keys
// and with one that always sends the same.
func TestKeyOfAnotherConnection(t *testing.T) {
	config := &Config{Cases: []string{"rfc6455/5.6/text-ends-lf", "rfc6455/5.6/text-ends-cr", "autobahn/1.1.1", "autobahn/1.1.2"}}
	for _, mutant := range []string{"", "request-key-constant"} {
		r, err := RunBubble(t, ClientFunc(referenceClient(reference.Options{Mutant: mutant})), config)
		if err != nil {
			t.Fatal(err)
		}
		for i, result := range r.Agents[0].Results {
			if found, want := found(result, "rfc6455/4.1/key-random"), mutant != "" && i > 0; found != want {
				t.Errorf("%q, connection %d: the key is found to be another's: %t, want %t", mutant, i, found, want)
			}
		}
	}
}

// TestKeysOfARun plays scripts at random with clients whose keys show together that they are
// not random, and with one that conforms.
func TestKeysOfARun(t *testing.T) {
	t.Parallel()
	for mutant, clause := range map[string]oracle.ClauseID{
		"":                        "",
		"request-key-half":        "rfc6455/4.1/key-random",
		"send-mask-zero-close":    "rfc6455/5.3/key-predictable",
		"send-mask-16-bits-twice": "rfc6455/5.3/key-predictable",
		"send-mask-24-bits":       "rfc6455/5.3/key-predictable",
		"send-mask-of-few":        "rfc6455/5.3/key-predictable",
		"send-mask-same-order":    "rfc6455/5.3/key-predictable",
		"send-mask-congruential":  "rfc6455/5.3/key-predictable",
		"send-mask-clock":         "rfc6455/5.3/key-predictable",
	} {
		r, err := RunBubble(t, ClientFunc(referenceClient(reference.Options{Mutant: mutant, Freedom: reference.Freedom{Seed: 1}})),
			&Config{Cases: []string{"random/*"}, Scripts: 250, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		found := map[oracle.ClauseID]int{}
		for _, result := range r.Agents[0].Results {
			for _, f := range result.RFC.Findings {
				found[f.Clause]++
			}
		}
		switch random, predictable := found["rfc6455/4.1/key-random"], found["rfc6455/5.3/key-predictable"]; {
		case clause == "" && random+predictable > 0:
			t.Errorf("a client that conforms: %v", found)
		case clause != "" && found[clause] < 3:
			t.Errorf("%s: it breaks %s in %d conversations: %v", mutant, clause, found[clause], found)
		}
	}
}

// TestMaskingKeysOfAScript demands that the frames of a script have the same masking
// keys in each conversation, whatever is drawn for other frames meanwhile.
func TestMaskingKeysOfAScript(t *testing.T) {
	cs := &catalogue.Case{ID: "rfc6455/5.3/test"}
	var masks, others [2]wsproto.Header
	for i := range masks {
		c := newConversation(t.Context(), wsproto.Client, cs, nil, new(endpointURL), new(timing), uint64(i))
		for range i {
			c.mask(new(wsproto.Header), oracle.MaskByRole, c.rng)
		}
		c.mask(&others[i], oracle.MaskByRole, c.rng)
		c.mask(&masks[i], oracle.MaskByRole, c.keys)
	}
	if masks[0] != masks[1] || !masks[0].Masked || others[0] == others[1] {
		t.Errorf("frames of the script %v, others %v: want masks that are alike, and masks that are not", masks, others)
	}
}
