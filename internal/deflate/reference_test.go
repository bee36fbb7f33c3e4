package deflate

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The offers that Autobahn|Testsuite makes as a client in sections 12 and 13, the
// policies it answers by as a server, and what it answers to its own offers.
var reference = []struct {
	section  string
	offers   string
	policies []Policy
	answer   string
}{
	{"12", "permessage-deflate; client_no_context_takeover; client_max_window_bits",
		[]Policy{{}}, "permessage-deflate"},
	{"13.1", "permessage-deflate; client_no_context_takeover; client_max_window_bits",
		[]Policy{{}}, "permessage-deflate"},
	{"13.2", "permessage-deflate; client_no_context_takeover; client_max_window_bits; server_no_context_takeover",
		[]Policy{asks(true, 0)},
		"permessage-deflate; server_no_context_takeover; client_no_context_takeover"},
	{"13.3", "permessage-deflate; client_no_context_takeover; client_max_window_bits; server_max_window_bits=9",
		[]Policy{asks(false, 9)},
		"permessage-deflate; server_max_window_bits=9; client_max_window_bits=9"},
	{"13.4", "permessage-deflate; client_no_context_takeover; client_max_window_bits; server_max_window_bits=15",
		[]Policy{asks(false, 15)},
		"permessage-deflate; server_max_window_bits=15; client_max_window_bits=15"},
	{"13.5", "permessage-deflate; client_no_context_takeover; client_max_window_bits; server_no_context_takeover; server_max_window_bits=9",
		[]Policy{asks(true, 9)},
		"permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits=9"},
	{"13.6", "permessage-deflate; client_no_context_takeover; client_max_window_bits; server_no_context_takeover; server_max_window_bits=15",
		[]Policy{asks(true, 15)},
		"permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=15; client_max_window_bits=15"},
	{"13.7", "permessage-deflate; client_no_context_takeover; client_max_window_bits; server_no_context_takeover; server_max_window_bits=9, " +
		"permessage-deflate; client_no_context_takeover; client_max_window_bits; server_no_context_takeover, " +
		"permessage-deflate; client_no_context_takeover; client_max_window_bits",
		[]Policy{asks(true, 9), asks(true, 0), {}},
		"permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits=9"},
}

// asks returns the policy of a server that asks for this what the client has
// said it can serve, and nothing else.
func asks(noContextTakeover bool, bits int) Policy {
	return Policy{ClientNoContextTakeover: noContextTakeover, ClientMaxWindowBits: bits, OnlyOffered: true}
}

func TestReferenceAnswers(t *testing.T) {
	for _, r := range reference {
		t.Run(r.section, func(t *testing.T) {
			offers := elements(t, r.offers)
			answer, index, ok := Answer(offers, r.policies...)
			if !ok || index != 0 || answer.String() != r.answer {
				t.Fatalf("%q, %d, %t, want %q", answer, index, ok, r.answer)
			}
			if _, _, ok, problems := Accept(elements(t, r.answer), offers); !ok {
				t.Error(problems)
			}
		})
	}
	// A client that offers nothing of its own gets what the last policy leaves, or
	// nothing at all.
	for _, r := range reference {
		answer, _, ok := Answer(elements(t, Name), r.policies...)
		if want := r.policies[len(r.policies)-1] == (Policy{}); ok != want || answer != (Params{}) {
			t.Errorf("%s: %q, %t to an offer without parameters", r.section, answer, ok)
		}
	}
}

// TestReferenceOffers holds the table to what was recorded of Autobahn itself.
func TestReferenceOffers(t *testing.T) {
	f, err := os.Open(filepath.Join("..", "catalogue", "testdata", "autobahn-cases.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var data struct {
		Cases []struct {
			ID     string
			Offers []struct{ Header string }
		}
	}
	if err := json.NewDecoder(z).Decode(&data); err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, c := range data.Cases {
		for _, r := range reference {
			if !strings.HasPrefix(c.ID, r.section+".") {
				continue
			}
			var headers []string
			for _, o := range c.Offers {
				headers = append(headers, o.Header)
			}
			if got := strings.Join(headers, ", "); got != r.offers {
				t.Errorf("%s offers %q, want %q", c.ID, r.offers, got)
			}
			found[r.section]++
		}
	}
	for _, r := range reference {
		want := 18
		if r.section == "12" {
			want = 90
		}
		if found[r.section] != want {
			t.Errorf("%d cases in section %s, want %d", found[r.section], r.section, want)
		}
	}
}
