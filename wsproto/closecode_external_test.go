package wsproto_test

import (
	"math"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/wsproto"
)

// Every code there is, by the ranges of RFC 6455 7.4 and the IANA registry.
func TestCloseCodeRanges(t *testing.T) {
	ranges := []struct {
		from, to             int
		sendable, registered bool
	}{
		{0, 999, false, false},
		{1000, 1003, true, true},
		{1004, 1006, false, false},
		{1007, 1011, true, true},
		{1012, 1014, false, true},
		{1015, 2999, false, false},
		{3000, 4999, true, true},
		{5000, math.MaxUint16, false, false},
	}
	next := 0
	for _, r := range ranges {
		if r.from != next {
			t.Fatalf("the ranges leave %d out", next)
		}
		for ; next <= r.to; next++ {
			code := wsproto.CloseCode(next)
			if got := code.Sendable(); got != r.sendable {
				t.Errorf("%d: Sendable is %v", next, got)
			}
			if got := code.Registered(); got != r.registered {
				t.Errorf("%d: Registered is %v", next, got)
			}
		}
	}
	if next != math.MaxUint16+1 {
		t.Fatalf("the ranges end at %d", next)
	}
}

func TestCloseCodeString(t *testing.T) {
	for code, want := range map[wsproto.CloseCode]string{
		0:                         "0",
		999:                       "999",
		wsproto.CloseNormal:       "1000 (normal closure)",
		wsproto.CloseNoStatus:     "1005 (no status received)",
		wsproto.CloseTLSHandshake: "1015 (TLS handshake)",
		1016:                      "1016",
		2999:                      "2999",
		3000:                      "3000 (library)",
		4999:                      "4999 (private)",
		5000:                      "5000",
	} {
		if got := code.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	seen := map[string]bool{}
	for code := wsproto.CloseNormal; code <= wsproto.CloseTLSHandshake; code++ {
		_, name, ok := strings.Cut(code.String(), " ")
		if !ok || seen[name] {
			t.Errorf("%d has no name of its own: %q", code, name)
		}
		seen[name] = true
	}
}

func TestClosePayload(t *testing.T) {
	tests := []struct {
		name    string
		payload string
		want    wsproto.ClosePayload
		ok      bool
	}{
		{"empty", "", wsproto.ClosePayload{}, true},
		{"one octet", "\x03", wsproto.ClosePayload{}, false},
		{"code", "\x03\xe8", wsproto.ClosePayload{Code: 1000, HasCode: true}, true},
		{"code 0", "\x00\x00", wsproto.ClosePayload{HasCode: true}, true},
		{"reason", "\x03\xe9bye", wsproto.ClosePayload{Code: 1001, HasCode: true, Reason: []byte("bye")}, true},
		{"not UTF-8", "\xff\xff\xff", wsproto.ClosePayload{Code: 65535, HasCode: true, Reason: []byte("\xff")}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, ok := wsproto.ParseClose([]byte(test.payload))
			if ok != test.ok || got.Code != test.want.Code || got.HasCode != test.want.HasCode ||
				string(got.Reason) != string(test.want.Reason) {
				t.Errorf("got %+v, %v", got, ok)
			}
			if !got.HasCode {
				return
			}
			back := wsproto.AppendClose([]byte("x"), got.Code, string(got.Reason))
			if string(back) != "x"+test.payload {
				t.Errorf("written as %q", back)
			}
		})
	}
}
