package transcript

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/recorder"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/reporttest"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

func TestClipResult(t *testing.T) {
	t.Run("small", func(t *testing.T) {
		result := reporttest.FailFast()
		if clipped := Clip(result); clipped.Trace != result.Trace || !reflect.DeepEqual(clipped, result) {
			t.Error("a small result was changed, or its trace copied")
		}
	})
	t.Run("texts", func(t *testing.T) {
		huge := strings.Repeat("é", clipText)
		result := reporttest.FailFast()
		result.RFC.Findings = slices.Repeat([]oracle.Finding{{Want: huge, Got: huge}}, 2*clipFindings)
		result.Trace.Events[0].Tag, result.Died, result.RFC.Reason = huge, huge, huge
		result.Record.Result, result.Record.HTTPResponse = huge, []byte(huge)
		before := *result.Record
		clipped := Clip(result)
		if got := len(clipped.RFC.Findings); got != clipFindings {
			t.Errorf("%d findings", got)
		}
		for _, s := range []string{
			clipped.RFC.Findings[0].Got, clipped.Trace.Events[0].Tag, clipped.Died, clipped.RFC.Reason,
			clipped.Record.Result, string(clipped.Record.HTTPResponse),
		} {
			if len(s) > clipText || !utf8.ValidString(s) {
				t.Errorf("%d octets, valid: %t", len(s), utf8.ValidString(s))
			}
		}
		if result.Trace.Events[0].Tag != huge || !reflect.DeepEqual(*result.Record, before) {
			t.Error("the caller's result was changed")
		}
	})
	t.Run("chops", func(t *testing.T) {
		k := reporttest.NewTalk()
		for range 20_000 {
			k.Tx(make([]byte, 64))
		}
		k.Receive(wsproto.NewFrame(wsproto.OpText, true, nil))
		result := k.Result(&catalogue.Case{ID: "x"})
		last := len(k.Trace.Events) - 1
		result.RFC.Findings = []oracle.Finding{{Event: last}}
		clipped := Clip(result)
		events := clipped.Trace.Events
		if len(events) > clipEvents || clipped.Omitted.Events != 0 {
			t.Errorf("%d events, %+v omitted", len(events), clipped.Omitted)
		}
		sum := func(events []oracle.Event) (n int) {
			for i := range events {
				n += events[i].N
			}
			return n
		}
		if got, want := sum(events), sum(k.Trace.Events); got != want {
			t.Errorf("%d octets, want %d", got, want)
		}
		if at := clipped.RFC.Findings[0].Event; at != len(events)-1 || events[at].Kind != oracle.EventReceived {
			t.Errorf("the finding points at event %d of %d", at, len(events))
		}
		if result.RFC.Findings[0].Event != last {
			t.Error("the original's finding was changed")
		}
	})
	t.Run("ping-pong", func(t *testing.T) {
		k := reporttest.NewTalk()
		for range 10_000 {
			k.Send(wsproto.NewFrame(wsproto.OpPing, true, nil), 0)
			k.Receive(wsproto.NewFrame(wsproto.OpPong, true, nil))
		}
		result := k.Result(&catalogue.Case{ID: "x"})
		last := len(k.Trace.Events) - 1
		result.RFC.Findings = []oracle.Finding{{Event: 0}, {Event: last / 2}, {Event: last}}
		clipped := Clip(result)
		if got := len(clipped.Trace.Events); got != clipEvents {
			t.Errorf("%d events, want %d", got, clipEvents)
		}
		if want := (report.Omission{Before: clipEvents - clipEvents/4, Events: len(k.Trace.Events) - clipEvents}); clipped.Omitted != want {
			t.Errorf("%+v omitted, want %+v", clipped.Omitted, want)
		}
		var at []int
		for _, f := range clipped.RFC.Findings {
			at = append(at, f.Event)
		}
		if want := []int{0, clipEvents - clipEvents/4, clipEvents - 1}; !slices.Equal(at, want) {
			t.Errorf("the findings point at %v, want %v", at, want)
		}
		if again := Clip(clipped); !reflect.DeepEqual(again, clipped) {
			t.Error("what is clipped was clipped again")
		}
	})
	t.Run("clean", func(t *testing.T) {
		k := reporttest.NewTalk()
		for range 10_000 {
			k.Send(wsproto.NewFrame(wsproto.OpPing, true, make([]byte, 100)), 0)
			k.Receive(wsproto.NewFrame(wsproto.OpPong, true, make([]byte, 100)))
		}
		size := func(change func(*report.Result)) (events, octets int) {
			result := k.Result(&catalogue.Case{ID: "x"})
			result.RFC.Outcome, result.RFC.Findings = oracle.Pass, nil
			change(result)
			clipped := Clip(result)
			if again := Clip(clipped); !reflect.DeepEqual(again, clipped) {
				t.Error("what is clipped was clipped again")
			}
			for i := range clipped.Trace.Events {
				octets += len(clipped.Trace.Events[i].Data)
			}
			return len(clipped.Trace.Events), octets
		}
		events, octets := size(func(*report.Result) {})
		if events != clipEvents/4 || octets > clipMore/clipClean+clipEvents/4*clipHead {
			t.Errorf("%d events of %d octets are kept of what is clean", events, octets)
		}
		for what, change := range map[string]func(*report.Result){
			"noted":    func(r *report.Result) { r.RFC.Outcome = oracle.Allowed },
			"finding":  func(r *report.Result) { r.RFC.Findings = []oracle.Finding{{}} },
			"died":     func(r *report.Result) { r.Died = "exit status 2" },
			"doubted":  func(r *report.Result) { r.Doubt = "late" },
			"Autobahn": func(r *report.Result) { r.Record = &autobahn.Record{Behavior: autobahn.NonStrict} },
		} {
			if events, more := size(change); events != clipEvents || more < 2*octets {
				t.Errorf("%s: %d events of %d octets are kept, and %d of what is clean", what, events, more, octets)
			}
		}
	})
	t.Run("octets", func(t *testing.T) {
		k := reporttest.NewTalk()
		for range 10 {
			k.Tx(make([]byte, 10_000))
		}
		clipped := Clip(k.Result(&catalogue.Case{ID: "x"}))
		kept := 0
		for i := range clipped.Trace.Events {
			kept += len(clipped.Trace.Events[i].Data)
		}
		if kept > clipOctets+10*recorder.KeepPerEvent || !clipped.Trace.Elided() {
			t.Errorf("%d octets kept", kept)
		}
		if again := Clip(clipped); !reflect.DeepEqual(again, clipped) {
			t.Error("what is clipped was clipped again")
		}
	})
	t.Run("no trace", func(t *testing.T) {
		if got := Clip(&report.Result{Case: &catalogue.Case{ID: "x"}}); got.Trace == nil {
			t.Error("still no trace")
		}
	})
}

// TestClipKeepsTheGravest cuts a list of findings that is too long without
// losing what decided.
func TestClipKeepsTheGravest(t *testing.T) {
	result := reporttest.Dropped()
	allowed, violation := result.RFC.Findings[0], result.RFC.Findings[1]
	result.RFC.Findings = nil
	for range 2 * clipFindings {
		result.RFC.Findings = append(result.RFC.Findings, allowed)
	}
	result.RFC.Findings = append(result.RFC.Findings, violation)
	clipped := Clip(result)
	if n := len(clipped.RFC.Findings); n != clipFindings || clipped.RFC.Findings[0].Outcome != oracle.Violation {
		t.Errorf("%d findings are kept, the first is %v", n, clipped.RFC.Findings[0].Outcome)
	}
}
