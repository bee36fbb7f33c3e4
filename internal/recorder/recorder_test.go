package recorder

import (
	"bytes"
	"testing"

	"github.com/wscheck/wscheck/oracle"
)

func TestRecorderBounds(t *testing.T) {
	r := Recorder{Limit: 1000, MaxEvents: 10}
	big := bytes.Repeat([]byte("x"), 4096)
	for range 100 {
		r.Add(oracle.Event{Kind: oracle.EventReceived, Data: big})
	}
	r.Add(oracle.Event{Kind: oracle.EventReceivedEOF})
	tr := &r.Trace
	if !tr.Elided() {
		t.Fatal("a trace beyond its limit does not say that it is elided")
	}
	if len(tr.Events) > 12 {
		t.Errorf("%d events are kept, want at most 12", len(tr.Events))
	}
	var n, kept int
	for _, ev := range tr.Events {
		n += ev.N
		kept += len(ev.Data)
	}
	if n != 100*len(big) {
		t.Errorf("the events count %d octets, want %d", n, 100*len(big))
	}
	if kept > 1000+12*KeepPerEvent {
		t.Errorf("%d octets are kept", kept)
	}
	if last := tr.Events[len(tr.Events)-1]; last.Kind != oracle.EventReceivedEOF {
		t.Errorf("the last event is %v, want the end of the stream", last.Kind)
	}
	big[0] = 'y'
	if tr.Events[0].Data[0] != 'x' {
		t.Error("the recorder keeps the caller's octets instead of a copy")
	}
}
