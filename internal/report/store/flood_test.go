package store

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/reporttest"
	"github.com/wscheck/wscheck/internal/report/transcript"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// caseOctets is what none of a case's three forms takes more of, whatever the peer
// does.
const caseOctets = 256 << 10

// floods are conversations with peers that send more than anybody wants to read.
func floods() map[string]*reporttest.Talk {
	random := rand.NewChaCha8([32]byte{1})
	octets := func(n int) []byte {
		b := make([]byte, n)
		_, _ = random.Read(b) // it has no errors
		return b
	}
	all := map[string]*reporttest.Talk{}
	flood := func(name string, f func(*reporttest.Talk)) {
		k := reporttest.NewTalk()
		f(k)
		all[name] = k
	}
	flood("pings", func(k *reporttest.Talk) {
		for range 20_000 {
			k.Receive(wsproto.NewFrame(wsproto.OpPing, true, octets(125)))
		}
	})
	flood("messages of all sizes", func(k *reporttest.Talk) {
		for n := range 5000 {
			k.Receive(wsproto.NewFrame(wsproto.OpBinary, true, octets(n)))
		}
	})
	flood("an answer to each", func(k *reporttest.Talk) {
		for range 10_000 {
			k.Receive(wsproto.NewFrame(wsproto.OpText, true, []byte(strings.Repeat("<", 300))))
			k.Send(wsproto.NewFrame(wsproto.OpText, true, []byte(strings.Repeat("<", 300))), 0)
		}
	})
	flood("tiny frames in large reads", func(k *reporttest.Talk) {
		for range 300 {
			k.Rx([]byte(strings.Repeat("\x81\x01\x00\x89\x00", 400)))
		}
	})
	flood("octets", func(k *reporttest.Talk) {
		for range 300 {
			k.Rx(octets(64 << 10))
		}
	})
	flood("a header", func(k *reporttest.Talk) {
		k.Trace.Events = nil
		head := "HTTP/1.1 101 x\r\nX: " + strings.Repeat("\x01", 60<<10) + "\r\n\r\n"
		k.Rx([]byte(head))
		k.Rec.HTTPResponse = []byte(head)
	})
	return all
}

// TestFloodsAreBounded writes reports on peers that flood: each form of each case
// is bounded, says how much is left out, and what was read back makes the same.
func TestFloodsAreBounded(t *testing.T) {
	for name, k := range floods() {
		t.Run(name, func(t *testing.T) {
			result := k.Result(&catalogue.Case{ID: "autobahn/1.1.1", Number: 1})
			for i := range 500 {
				result.RFC.Findings = append(result.RFC.Findings, oracle.Finding{
					Clause: oracle.ClauseID(fmt.Sprint("x/", i)), Event: i, Want: strings.Repeat("é", 9000), Got: strings.Repeat("<", 9000),
				})
			}
			dir := t.TempDir()
			r := &report.Report{Cases: []*catalogue.Case{result.Case}, Agents: []*report.Agent{{Name: "a", Results: []*report.Result{result}}}}
			if err := WriteDir(dir, r); err != nil {
				t.Fatal(err)
			}
			files := contents(t, dir)
			for name, text := range files {
				limit := caseOctets
				if name == report.FileName {
					limit += 64 << 10 // for findings, of which there are never so many
				}
				if len(text) > limit {
					t.Errorf("%s has %d octets", name, len(text))
				}
			}
			again, err := Load(dir)
			if err != nil {
				t.Fatal(err)
			}
			kept := again.Agents[0].Results[0]
			if len(k.Trace.Events) > 1024 && kept.Omitted.Events == 0 && !kept.Trace.Elided() {
				t.Error("the report does not say that its trace is not whole")
			}
			if len(k.Rec.Wirelog) > 600 && kept.Omitted.Rows == 0 || len(k.Rec.Received) > 200 && kept.Omitted.Seen == 0 {
				t.Errorf("of the record, it says that this is left out: %+v", kept.Omitted)
			}
			copied := filepath.Join(t.TempDir(), "copy")
			if err := WriteDir(copied, again); err != nil {
				t.Fatal(err)
			}
			sameFiles(t, copied, dir)
			clipped := transcript.Clip(result)
			if !reflect.DeepEqual(transcript.Clip(clipped), clipped) {
				t.Error("what is clipped was clipped again")
			}
		})
	}
}
