package deflate

import (
	"fmt"
	"slices"
	"testing"

	"github.com/wscheck/wscheck/wsproto"
	"pgregory.net/rapid"
)

// elements reads the value of a Sec-WebSocket-Extensions field.
func elements(t testing.TB, values ...string) []wsproto.Extension {
	t.Helper()
	list, err := wsproto.ParseExtensions(values)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func kindsOf(problems []Problem) (kinds []ProblemKind) {
	for _, p := range problems {
		kinds = append(kinds, p.Kind)
	}
	return kinds
}

func TestParse(t *testing.T) {
	clientBits := func(bits int) Params { return Params{HasClientMaxWindowBits: true, ClientMaxWindowBits: bits} }
	for _, c := range []struct {
		params        string
		want          Params
		offer, answer []ProblemKind
	}{
		{"", Params{}, nil, nil},
		{"; server_no_context_takeover", Params{ServerNoContextTakeover: true}, nil, nil},
		{"; client_no_context_takeover", Params{ClientNoContextTakeover: true}, nil, nil},
		{"; server_max_window_bits=8", Params{ServerMaxWindowBits: 8}, nil, nil},
		{"; server_max_window_bits=15", Params{ServerMaxWindowBits: 15}, nil, nil},
		{`; server_max_window_bits="10"`, Params{ServerMaxWindowBits: 10}, nil, nil},
		{`; server_max_window_bits="1\0"`, Params{ServerMaxWindowBits: 10}, nil, nil},
		{"; client_max_window_bits=9", clientBits(9), nil, nil},
		{`; client_max_window_bits="9"`, clientBits(9), nil, nil},
		{"; client_max_window_bits; server_max_window_bits=9; client_no_context_takeover; server_no_context_takeover",
			Params{true, true, 9, true, 0}, nil, []ProblemKind{ValueMissing}},
		{"; client_max_window_bits=12; server_max_window_bits=9; client_no_context_takeover; server_no_context_takeover",
			Params{true, true, 9, true, 12}, nil, nil},

		{"; client_max_window_bits", clientBits(0), nil, []ProblemKind{ValueMissing}},
		{"; server_max_window_bits", Params{}, []ProblemKind{ValueMissing}, []ProblemKind{ValueMissing}},
		{"; x", Params{}, []ProblemKind{ParamUnknown}, []ProblemKind{ParamUnknown}},
		{"; Server_no_context_takeover", Params{}, []ProblemKind{ParamUnknown}, []ProblemKind{ParamUnknown}},
		{"; x; x=1", Params{}, []ProblemKind{ParamUnknown, ParamRepeated}, []ProblemKind{ParamUnknown, ParamRepeated}},
		{"; server_no_context_takeover; server_no_context_takeover", Params{ServerNoContextTakeover: true},
			[]ProblemKind{ParamRepeated}, []ProblemKind{ParamRepeated}},
		{"; client_max_window_bits=9; client_max_window_bits=9", clientBits(9),
			[]ProblemKind{ParamRepeated}, []ProblemKind{ParamRepeated}},
		{"; server_no_context_takeover=true", Params{}, []ProblemKind{ValueUnwanted}, []ProblemKind{ValueUnwanted}},
		{`; client_no_context_takeover="1"`, Params{}, []ProblemKind{ValueUnwanted}, []ProblemKind{ValueUnwanted}},
		{"; server_max_window_bits=7", Params{}, []ProblemKind{ValueRange}, []ProblemKind{ValueRange}},
		{"; server_max_window_bits=16", Params{}, []ProblemKind{ValueRange}, []ProblemKind{ValueRange}},
		{"; server_max_window_bits=0", Params{}, []ProblemKind{ValueRange}, []ProblemKind{ValueRange}},
		{"; server_max_window_bits=99999999999999999999", Params{}, []ProblemKind{ValueRange}, []ProblemKind{ValueRange}},
		{"; client_max_window_bits=08", Params{}, []ProblemKind{ValueLeadingZero}, []ProblemKind{ValueLeadingZero}},
		{`; client_max_window_bits="010"`, Params{}, []ProblemKind{ValueLeadingZero}, []ProblemKind{ValueLeadingZero}},
		{"; client_max_window_bits=+9", Params{}, []ProblemKind{ValueSyntax}, []ProblemKind{ValueSyntax}},
		{"; client_max_window_bits=9.0", Params{}, []ProblemKind{ValueSyntax}, []ProblemKind{ValueSyntax}},
		{"; client_max_window_bits=nine", Params{}, []ProblemKind{ValueSyntax}, []ProblemKind{ValueSyntax}},
		{"; server_max_window_bits=16; client_max_window_bits=16; y", Params{},
			[]ProblemKind{ValueRange, ValueRange, ParamUnknown}, []ProblemKind{ValueRange, ValueRange, ParamUnknown}},
	} {
		t.Run(Name+c.params, func(t *testing.T) {
			e := elements(t, Name+c.params)[0]
			offer, problems := ParseOffer(e)
			if offer != c.want || !slices.Equal(kindsOf(problems), c.offer) {
				t.Errorf("offer: %+v, %v", offer, problems)
			}
			want := c.want
			if slices.Contains(c.answer, ValueMissing) {
				want.HasClientMaxWindowBits = false
			}
			answer, problems := ParseAnswer(e)
			if answer != want || !slices.Equal(kindsOf(problems), c.answer) {
				t.Errorf("answer: %+v, %v", answer, problems)
			}
		})
	}
	// The field's grammar cannot say this; a server may all the same.
	e := wsproto.Extension{Name: Name, Params: []wsproto.Param{{Name: ServerMaxWindowBits, HasValue: true}}}
	if _, problems := ParseOffer(e); !slices.Equal(kindsOf(problems), []ProblemKind{ValueSyntax}) {
		t.Errorf("empty value: %v", problems)
	}
}

func TestProblemString(t *testing.T) {
	for _, c := range []struct {
		problem Problem
		want    string
	}{
		{Problem{ValueRange, ServerMaxWindowBits, "16"}, "value out of range 8 to 15: server_max_window_bits=16 (RFC 7692 7.1.2)"},
		{Problem{Kind: ServerTakeover, Param: ServerNoContextTakeover}, "asked for and not answered: server_no_context_takeover (RFC 7692 7.1.1.1)"},
		{Problem{Kind: AnswerRepeated}, "more than one answer (RFC 7692 5)"},
		{Problem{}, "problem 0 ()"},
	} {
		if got := c.problem.String(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	for k := ParamUnknown; k < numProblems; k++ {
		if k.String() == "" || k.Section() == "" {
			t.Errorf("problem %d: %q, %q", k, k, k.Section())
		}
	}
}

// drawParams draws the parameters of an offer or an answer without a problem.
func drawParams(t *rapid.T, answer bool) Params {
	bits := rapid.SampledFrom([]int{0, 0, 8, 9, 10, 12, 15})
	p := Params{
		ServerNoContextTakeover: rapid.Bool().Draw(t, ServerNoContextTakeover),
		ClientNoContextTakeover: rapid.Bool().Draw(t, ClientNoContextTakeover),
		ServerMaxWindowBits:     bits.Draw(t, ServerMaxWindowBits),
		ClientMaxWindowBits:     bits.Draw(t, ClientMaxWindowBits),
	}
	p.HasClientMaxWindowBits = p.ClientMaxWindowBits != 0 || !answer && rapid.Bool().Draw(t, "without a value")
	return p
}

func TestParamsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, answer := range []bool{false, true} {
			p := drawParams(t, answer)
			list, err := wsproto.ParseExtensions([]string{p.String()})
			if err != nil || len(list) != 1 || list[0].Name != Name {
				t.Fatalf("%q: %v, %v", p, list, err)
			}
			got, problems := parse(list[0], answer)
			if got != p || problems != nil {
				t.Fatalf("%q: %+v, %v", p, got, problems)
			}
		}
	})
	const all = "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=16; client_max_window_bits"
	if got := (Params{true, true, 16, true, 0}).String(); got != all {
		t.Errorf("got %q, want %q", got, all)
	}
}

func TestAnswer(t *testing.T) {
	for _, c := range []struct {
		offers   string
		policies []Policy
		answer   string
		index    int
	}{
		{"permessage-deflate", nil, "permessage-deflate", 0},
		{"x-webkit-deflate-frame, permessage-deflate", nil, "permessage-deflate", 1},
		{"permessage-deflate; client_max_window_bits", nil, "permessage-deflate", 0},
		{"permessage-deflate; server_max_window_bits=10; server_no_context_takeover", nil,
			"permessage-deflate; server_no_context_takeover; server_max_window_bits=10", 0},
		// One with a problem is declined, and the next accepted.
		{"permessage-deflate; server_max_window_bits=16, permessage-deflate; x, permessage-deflate", nil, "permessage-deflate", 2},
		{"permessage-deflate; server_max_window_bits=12", []Policy{{ServerMaxWindowBits: 10, ServerNoContextTakeover: true}},
			"permessage-deflate; server_no_context_takeover; server_max_window_bits=10", 0},
		{"permessage-deflate; server_max_window_bits=9", []Policy{{ServerMaxWindowBits: 10}},
			"permessage-deflate; server_max_window_bits=9", 0},
		{"permessage-deflate", []Policy{{ClientMaxWindowBits: 9, ClientNoContextTakeover: true}},
			"permessage-deflate; client_no_context_takeover", 0},
		{"permessage-deflate; client_max_window_bits=12", []Policy{{ClientMaxWindowBits: 9}},
			"permessage-deflate; client_max_window_bits=9", 0},
		{"permessage-deflate; client_max_window_bits=12; client_no_context_takeover", []Policy{{TakeHints: true}},
			"permessage-deflate; client_no_context_takeover; client_max_window_bits=12", 0},
		{"permessage-deflate; client_max_window_bits=8", []Policy{{TakeHints: true, ClientMaxWindowBits: 9}},
			"permessage-deflate; client_max_window_bits=8", 0},
		{"permessage-deflate, permessage-deflate; client_max_window_bits",
			[]Policy{{ClientMaxWindowBits: 9, OnlyOffered: true}}, "permessage-deflate; client_max_window_bits=9", 1},
		{"permessage-deflate; client_max_window_bits",
			[]Policy{{ClientNoContextTakeover: true, OnlyOffered: true}, {ClientMaxWindowBits: 11}},
			"permessage-deflate; client_max_window_bits=11", 0},
		{"permessage-deflate", []Policy{{ClientMaxWindowBits: 9, OnlyOffered: true}}, "", -1},
		{"permessage-deflate; y", nil, "", -1},
		{"permessage-bzip2", nil, "", -1},
		{"", nil, "", -1},
	} {
		t.Run(fmt.Sprint(c.offers, c.policies), func(t *testing.T) {
			offers := elements(t, c.offers)
			answer, index, ok := Answer(offers, c.policies...)
			if ok != (c.answer != "") || index != c.index || ok && answer.String() != c.answer {
				t.Errorf("%q, %d, %t", answer, index, ok)
			}
		})
	}
}

// Whatever a server's policy and a client's offers, the client takes the answer.
func TestAnswerIsAccepted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var offers []wsproto.Extension
		for range rapid.IntRange(1, 4).Draw(t, "offers") {
			e := drawParams(t, false).Extension()
			switch rapid.IntRange(0, 5).Draw(t, "kind") {
			case 0:
				e.Name = "other"
			case 1:
				e.Params = append(e.Params, wsproto.Param{Name: "z"})
			}
			offers = append(offers, e)
		}
		p := drawParams(t, true)
		answer, index, ok := Answer(offers, Policy{
			ServerNoContextTakeover: p.ServerNoContextTakeover,
			ServerMaxWindowBits:     p.ServerMaxWindowBits,
			ClientNoContextTakeover: p.ClientNoContextTakeover,
			ClientMaxWindowBits:     p.ClientMaxWindowBits,
			TakeHints:               rapid.Bool().Draw(t, "hints"),
			OnlyOffered:             rapid.Bool().Draw(t, "only offered"),
		})
		if !ok {
			return
		}
		got, _, ok, problems := Accept([]wsproto.Extension{answer.Extension()}, offers)
		if !ok || problems != nil || got != answer {
			t.Fatalf("offer %d of %v answered by %q: %v", index, offers, answer, problems)
		}
		// Both directions have a window that can be.
		if got.Server().Window() > 1<<15 || got.Client().Window() > 1<<15 {
			t.Fatalf("%v, %v", got.Server(), got.Client())
		}
	})
}

func TestAccept(t *testing.T) {
	const d = "permessage-deflate"
	for _, c := range []struct {
		answers, offers string
		index           int
		problems        []ProblemKind
	}{
		{d, d, 0, nil},
		{d, d + "; client_max_window_bits; client_no_context_takeover", 0, nil},
		{d + "; server_no_context_takeover; server_max_window_bits=15; client_no_context_takeover", d, 0, nil},
		{d + "; server_max_window_bits=9", d + "; server_max_window_bits=9", 0, nil},
		{d + "; server_max_window_bits=8", d + "; server_max_window_bits=9", 0, nil},
		// A hint may be exceeded.
		{d + "; client_max_window_bits=15", d + "; client_max_window_bits=9", 0, nil},
		{d, d + "; server_max_window_bits=9, " + d, 1, nil},
		{"other, " + d, d + ", other", 0, nil},

		{d, "", -1, []ProblemKind{NotOffered}},
		{d, "other", -1, []ProblemKind{NotOffered}},
		{d, d + "; server_max_window_bits=16", -1, []ProblemKind{OfferUnfit}},
		{d, d + "; x", -1, []ProblemKind{OfferUnfit}},
		{d + ", " + d, d + ", " + d, 0, []ProblemKind{AnswerRepeated}},
		{d, d + "; server_no_context_takeover", 0, []ProblemKind{ServerTakeover}},
		{d, d + "; server_max_window_bits=9", 0, []ProblemKind{ServerWindowMissing}},
		{d + "; server_max_window_bits=10", d + "; server_max_window_bits=9", 0, []ProblemKind{ServerWindowLarger}},
		{d + "; client_max_window_bits=15", d, 0, []ProblemKind{ClientWindowNotOffered}},
		{d + "; client_max_window_bits", d + "; client_max_window_bits", 0, []ProblemKind{ValueMissing}},
		{d + "; server_max_window_bits=16", d + "; server_max_window_bits=9", 0, []ProblemKind{ValueRange}},
		{d + "; y", d, 0, []ProblemKind{ParamUnknown}},
		{d + "; client_max_window_bits=9", d + "; server_no_context_takeover; server_max_window_bits=9, " + d, 1,
			[]ProblemKind{ClientWindowNotOffered}},
		{d + "; client_max_window_bits=9", d + "; server_no_context_takeover; server_max_window_bits=9", 0,
			[]ProblemKind{ServerTakeover, ServerWindowMissing, ClientWindowNotOffered}},
	} {
		t.Run(c.answers+" to "+c.offers, func(t *testing.T) {
			_, index, ok, problems := Accept(elements(t, c.answers), elements(t, c.offers))
			if ok != (c.problems == nil) || index != c.index || !slices.Equal(kindsOf(problems), c.problems) {
				t.Errorf("%t, offer %d, %v", ok, index, problems)
			}
		})
	}
	for _, answers := range []string{"", "other"} {
		if _, _, ok, problems := Accept(elements(t, answers), elements(t, d)); ok || problems != nil {
			t.Errorf("answer %q: %t, %v", answers, ok, problems)
		}
	}
}
