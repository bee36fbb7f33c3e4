package engine

import (
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// TestPace has peers of different speeds answer a handshake and some messages: how long may they
// read what comes then?
func TestPace(t *testing.T) {
	const ms = time.Millisecond
	type answer struct {
		octets int64         // that are sent at once, in pieces of 10
		read   int64         // that it shows to have read
		after  time.Duration // it was sent
	}
	for _, c := range []struct {
		name    string
		answers []answer
		sent    int64
		after   time.Duration // it was sent, nothing has come
		want    time.Duration
	}{
		{"nothing is known of it", nil, 1000, time.Second, 0},
		{"an octet in 2 ms", []answer{{300, 300, 600 * ms}, {10, 10, 20 * ms}}, 66000, 10 * time.Second, 122 * time.Second},
		{"an octet in 2 ms, a burst", []answer{{1000, 10, 20 * ms}, {0, 10, 20 * ms}, {0, 980, 1960 * ms}}, 66000, 10 * time.Second, 122 * time.Second},
		{"at once", []answer{{300, 300, 0}}, 66000, ms, 0},
		{"fast", []answer{{300, 300, ms}}, 66000, 10 * time.Second, 0},
		{"fast, and slow once", []answer{{300, 300, ms}, {5000, 5000, time.Minute}, {5000, 5000, 10 * ms}}, 66000, 10 * time.Second, 0},
		{"fast with what is short", []answer{{300, 300, ms}, {5000, 5000, 10 * time.Second}}, 60000, 10 * time.Second, 110 * time.Second},
		{"after what it gives no sign of", []answer{{300, 300, ms}, {10, 0, time.Minute}, {10, 20, ms}}, 10, time.Second, 0},
		{"what it was seen to read", []answer{{300, 300, 600 * ms}}, 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p pace
			var b backlog
			var sent, read int64
			now := time.Duration(0)
			send := func(octets int64) {
				for ; octets > 0; octets -= 10 {
					b.add(sent, now)
					sent += min(octets, 10)
				}
			}
			for _, a := range c.answers {
				send(a.octets)
				now += a.after
				read += a.read
				b.shows(read, now, &p)
			}
			send(c.sent)
			if got := b.left(sent, now+c.after, &p).Round(time.Second); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
			if len(b.sends) > maxSendings {
				t.Errorf("%d times of sending are kept", len(b.sends))
			}
		})
	}
}

// TestReaderIsNotSilent has a peer that may still be reading: its silence is not proved, and after
// two cases no other is played again for it.
func TestReaderIsNotSilent(t *testing.T) {
	d := &doubts{judge: report.JudgeRFC}
	reading := func() *report.Result {
		r := silent("a", "wscheck/echo-missing")
		r.Reading = time.Minute
		return r
	}
	for i, plays := range []int{2, 2, 1} {
		played := 0
		play := func() *report.Result {
			played++
			return reading()
		}
		if r := d.decideSilence(play(), play); r.RFC.Outcome != oracle.Slow || r.Doubt == "" || played != plays {
			t.Errorf("case %d: %v, %q, played %d times, want %d", i, r.RFC.Outcome, r.Doubt, played, plays)
		}
	}
	var v doubts
	for range tries {
		if r := v.gather(reading(), true); r.RFC.Outcome != oracle.Slow {
			t.Errorf("a visitor: %v, %q", r.RFC.Outcome, r.Doubt)
		}
	}
}
