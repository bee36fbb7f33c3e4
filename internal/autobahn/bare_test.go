package autobahn

import (
	"testing"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// An endpoint without a record goes through the same states as one with it, and
// so does one that is used again.
func TestBare(t *testing.T) {
	reused := NewEndpoint(wsproto.Server, nil, Options{Lenient: true, Bare: true})
	for range 2 {
		full := NewEndpoint(wsproto.Client, nil, Options{Lenient: true})
		reused.Reset(wsproto.Client, nil, Options{Lenient: true, Bare: true})
		for _, e := range []*Endpoint{full, reused} {
			e.Sent([]byte("request"), 7, false)
			e.ReceivedOctets([]byte("response"))
			e.Opened([]byte("request"), []byte("response"), nil)
			e.Probe([]byte("probe"))
			e.Frame(wsproto.Header{Fin: true, Opcode: wsproto.OpPing, Length: 1}, []byte("p"), 1, 0, 0, false)
			e.Received([]byte("\x81\x01a\x8a\x01p\x8a\x05probe\x89\x01q\x88\x02\x03\xe8"))
		}
		if a, b := full.TakeFrames(), reused.TakeFrames(); len(a) != 2 || len(b) != 2 || a[0].String() != b[0].String() || a[1].String() != b[1].String() {
			t.Errorf("%v, and %v without a record", a, b)
		}
		for what := range oracle.AwaitEnd {
			if full.Count(what) != reused.Count(what) {
				t.Errorf("%s: %d, and %d without a record", what, full.Count(what), reused.Count(what))
			}
		}
		if full.State() != reused.State() || !reused.Probed() || reused.FramesReceived() != 5 || full.FramesReceived() != 5 {
			t.Errorf("%v with %d frames, and %v with %d", full.State(), full.FramesReceived(), reused.State(), reused.FramesReceived())
		}
		if r := reused.Record(); r.Wirelog != nil || r.RxOctets != nil || r.Received != nil || r.HTTPRequest != nil || !r.WasOpen {
			t.Errorf("%+v", r)
		}
	}
}
