package catalogue_test

import (
	"bytes"
	"encoding/binary"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

var namedCodes = regexp.MustCompile(`\bcode (\d{4})(?: or (\d{4}))?\b`)

// failureCodes returns the close codes that an expectation names for a peer that
// fails the connection.
func failureCodes(expectation string) (codes []wsproto.CloseCode) {
	for _, m := range namedCodes.FindAllStringSubmatch(expectation, -1) {
		for _, s := range m[1:] {
			n, _ := strconv.Atoi(s)
			switch c := wsproto.CloseCode(n); c {
			case wsproto.CloseProtocolError, wsproto.CloseInvalidPayload, wsproto.CloseTooBig:
				codes = append(codes, c)
			}
		}
	}
	return codes
}

// TestCodesAgree holds the close codes that expectations name against those that
// the judge finds fitting: the conforming endpoint's close frame is given each of
// the codes in turn, and one that does not fit.
func TestCodesAgree(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and package engine starts the same goroutines")
	}
	o := reference.Options{Deflate: new(reference.Deflate), Freedom: reference.Freedom{Seed: 1}}
	checked := 0
	for role, target := range map[wsproto.Role]engine.Target{
		wsproto.Client: engine.Server(func(conn net.Conn) { _ = reference.ServeConn(conn, o) }),
		wsproto.Server: engine.ClientFunc(referenceClient(o)),
	} {
		cases := slices.DeleteFunc(catalogue.For(role), func(c *catalogue.Case) bool {
			return c.Slow || len(failureCodes(c.Expectation)) == 0
		})
		run, err := engine.RunBubble(t, target, &engine.Config{Select: cases})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range run.Agents[0].Results {
			named := failureCodes(r.Case.Expectation)
			wrong := misfit(r.Trace, wsproto.CloseGoingAway)
			if wrong == nil || elided(r.Trace) {
				continue // the endpoint had no fault to fail for, or did without a close frame
			}
			if !slices.ContainsFunc(named, func(c wsproto.CloseCode) bool { return strings.Contains(wrong.Want, c.String()) }) {
				t.Errorf("%s as the %v: the case names %v, the finding wants %s", r.Case.ID, role, named, wrong.Want)
			}
			for _, c := range named {
				if f := misfit(r.Trace, c); f != nil {
					t.Errorf("%s as the %v: the case names %v: %+v", r.Case.ID, role, c, f)
				}
			}
			checked++
		}
	}
	if checked < 500 {
		t.Errorf("only %d conversations were looked at", checked)
	}
}

// misfit returns what is found of the code if the peer's close frame has this one.
func misfit(trace *oracle.Trace, code wsproto.CloseCode) *oracle.Finding {
	other := &oracle.Trace{Role: trace.Role, Events: slices.Clone(trace.Events)}
	var parser wsproto.Parser
	opened := false
	for i := range other.Events {
		ev := &other.Events[i]
		if ev.Kind != oracle.EventReceived {
			continue
		}
		ev.Data = bytes.Clone(ev.Data)
		frames := ev.Data
		if !opened {
			_, after, ended := bytes.Cut(ev.Data, []byte("\r\n\r\n"))
			if opened = ended; !opened {
				continue
			}
			frames = after
		}
		parser.Feed(frames)
		base := parser.Offset
		for it, ok := parser.Next(); ok; it, ok = parser.Next() {
			if it.Kind != wsproto.ItemPayload || it.Header.Opcode != wsproto.OpClose || it.PayloadOffset != 0 || len(it.Payload) < 2 {
				continue
			}
			at := frames[it.Offset-base:]
			binary.BigEndian.PutUint16(at, uint16(code))
			wsproto.Mask(it.Header.Mask, 0, at[:2])
		}
	}
	v := oracle.JudgeTrace(other, oracle.Options{Echo: true, Stay: true})
	for i := range v.Findings {
		if v.Findings[i].Clause == "rfc6455/7.1.7/status-code" {
			return &v.Findings[i]
		}
	}
	return nil
}
