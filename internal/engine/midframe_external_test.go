package engine_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// TestOurFrameStaysWhole plays frames of ours that come in parts, or never to their
// end, with a server that pings at once: our pong does not go inside them.
func TestOurFrameStaysWhole(t *testing.T) {
	o := reference.Options{Freedom: reference.Freedom{Seed: 1, Opening: reference.OpeningFreedom{Ping: true}}}
	server := engine.Server(serving(o))
	parts := func(name, steps string) *catalogue.Case {
		script, err := oracle.ParseScript("as client\n" + steps)
		if err != nil {
			t.Fatal(err)
		}
		return &catalogue.Case{ID: "test/" + name, Roles: catalogue.AsClient, Script: *script}
	}
	cases := []*catalogue.Case{
		parts("declared", `frame TEXT "half of " [declared 16]
wait 200ms
data "a frame."
await message × 1 within 5s
end: ping, await the pong, close`),
		parts("raw", `raw <8190>
wait 200ms
raw <00000000> "half of "
wait 200ms
raw "a frame."
await message × 1 within 5s
end: ping, await the pong, close`),
	}
	for _, c := range catalogue.For(wsproto.Client) {
		if strings.HasPrefix(c.ID, "rfc6455/7.2.1/") || strings.HasPrefix(c.ID, "rfc6455/7.1.1/half-close-in-") || strings.HasPrefix(c.ID, "autobahn/6.4.") {
			cases = append(cases, c)
		}
	}
	run, err := engine.RunBubble(t, server, &engine.Config{Select: cases})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range run.Agents[0].Results {
		if r.RFC.Outcome > oracle.Allowed {
			t.Errorf("%s: %+v", r.Case.ID, r.RFC)
		}
		var sent []byte
		for _, ev := range r.Trace.Events {
			if ev.Kind == oracle.EventSent {
				sent = append(sent, ev.Data...)
			}
		}
		pongs := 0
		var frames wsproto.Collector
		for _, f := range frames.Feed(sent[strings.Index(string(sent), "\r\n\r\n")+4:]) {
			if f.Opcode == wsproto.OpPong {
				pongs++
			}
		}
		if whole := strings.HasPrefix(r.Case.ID, "test/"); whole && pongs != 1 {
			t.Errorf("%s: %d pongs", r.Case.ID, pongs)
		}
	}
	if !slices.ContainsFunc(cases, func(c *catalogue.Case) bool { return c.ID == "rfc6455/7.2.1/drop-in-header" }) {
		t.Error("the cases of 7.2.1 were not played")
	}
}
