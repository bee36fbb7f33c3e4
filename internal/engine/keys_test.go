package engine

import (
	"slices"
	"testing"

	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/oracle"
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
			found := slices.ContainsFunc(result.RFC.Findings, func(f oracle.Finding) bool { return f.Clause == "rfc6455/4.1/key-random" })
			if want := mutant != "" && i > 0; found != want {
				t.Errorf("%q, connection %d: the key is found to be another's: %t, want %t", mutant, i, found, want)
			}
		}
	}
}
