package report

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// caseOctets is what none of a case's three forms takes more of, whatever the peer
// does.
const caseOctets = 256 << 10

// floods are conversations with peers that send more than anybody wants to read.
func floods() map[string]*talk {
	random := rand.NewChaCha8([32]byte{1})
	octets := func(n int) []byte {
		b := make([]byte, n)
		_, _ = random.Read(b) // it has no errors
		return b
	}
	all := map[string]*talk{}
	flood := func(name string, f func(*talk)) {
		k := newTalk()
		f(k)
		all[name] = k
	}
	flood("pings", func(k *talk) {
		for range 20_000 {
			k.receive(wsproto.NewFrame(wsproto.OpPing, true, octets(125)))
		}
	})
	flood("messages of all sizes", func(k *talk) {
		for n := range 5000 {
			k.receive(wsproto.NewFrame(wsproto.OpBinary, true, octets(n)))
		}
	})
	flood("an answer to each", func(k *talk) {
		for range 10_000 {
			k.receive(wsproto.NewFrame(wsproto.OpText, true, []byte(strings.Repeat("<", 300))))
			k.send(wsproto.NewFrame(wsproto.OpText, true, []byte(strings.Repeat("<", 300))), 0)
		}
	})
	flood("tiny frames in large reads", func(k *talk) {
		for range 300 {
			k.rx([]byte(strings.Repeat("\x81\x01\x00\x89\x00", 400)))
		}
	})
	flood("octets", func(k *talk) {
		for range 300 {
			k.rx(octets(64 << 10))
		}
	})
	flood("a header", func(k *talk) {
		k.trace.Events = nil
		head := "HTTP/1.1 101 x\r\nX: " + strings.Repeat("\x01", 60<<10) + "\r\n\r\n"
		k.rx([]byte(head))
		k.rec.HTTPResponse = []byte(head)
	})
	return all
}

// TestFloodsAreBounded writes reports on peers that flood: each form of each case
// is bounded, says how much is left out, and what was read back makes the same.
func TestFloodsAreBounded(t *testing.T) {
	for name, k := range floods() {
		t.Run(name, func(t *testing.T) {
			result := k.result(&catalogue.Case{ID: "autobahn/1.1.1", Number: 1})
			for i := range 500 {
				result.RFC.Findings = append(result.RFC.Findings, oracle.Finding{
					Clause: oracle.ClauseID(fmt.Sprint("x/", i)), Event: i, Want: strings.Repeat("é", 9000), Got: strings.Repeat("<", 9000),
				})
			}
			dir := t.TempDir()
			r := &Report{Cases: []*catalogue.Case{result.Case}, Agents: []*Agent{{Name: "a", Results: []*Result{result}}}}
			if err := WriteDir(dir, r); err != nil {
				t.Fatal(err)
			}
			files := contents(t, dir)
			for name, text := range files {
				limit := caseOctets
				if name == FileName {
					limit += 64 << 10 // for findings, of which there are never so many
				}
				if len(text) > limit {
					t.Errorf("%s has %d octets", name, len(text))
				}
			}
			page := drawn(t, files["a_case_1_1_1.html"])
			for _, part := range []struct {
				n    int
				want string
			}{
				{len(k.trace.Events) - 2*clipEvents, " events"}, {len(k.rec.Wirelog) - 2*clipRows, " rows of Autobahn’s log"},
				{len(k.rec.Received) - 2*clipSeen, " observations"},
			} {
				if part.n > 0 && !strings.Contains(page, "Left out of the report: ") || part.n > 0 && !strings.Contains(page, part.want) {
					t.Errorf("the page does not say that%s are left out", part.want)
				}
			}
			again, err := Load(dir)
			if err != nil {
				t.Fatal(err)
			}
			copied := filepath.Join(t.TempDir(), "copy")
			if err := WriteDir(copied, again); err != nil {
				t.Fatal(err)
			}
			sameFiles(t, copied, dir)
			clipped := clipResult(result)
			if !reflect.DeepEqual(clipResult(clipped), clipped) {
				t.Error("what is clipped was clipped again")
			}
		})
	}
}
