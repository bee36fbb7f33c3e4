package capture_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/wscheck/wscheck/internal/capture"
	"github.com/wscheck/wscheck/internal/capture/capturetest"
	"github.com/wscheck/wscheck/oracle"
)

// FuzzRead reads any octets as a capture: within the limits, without harm, and
// with traces that both ways can be judged.
func FuzzRead(f *testing.F) {
	packets := capturetest.Packets(conversation(100), capturetest.Options{Segment: 50})
	f.Add(capturetest.PCAP(binary.BigEndian, capturetest.LinkEthernet, packets))
	f.Add(capturetest.PCAP(binary.LittleEndian, capturetest.LinkSLL2, packets[:7]))
	f.Add(capturetest.PCAPNG(binary.LittleEndian, capturetest.LinkRaw, packets))
	f.Add([]byte(har(harAsked, "101", harAnswered, harMessages)))
	f.Add([]byte(followed))
	f.Fuzz(func(t *testing.T, file []byte) {
		const most = 1 << 20
		all, _, err := capture.Read(bytes.NewReader(file), capture.Limits{Octets: most, Connections: 100, Inflated: 4 << 20}, nil)
		if err != nil && all != nil {
			t.Fatalf("%d conversations with error %v", len(all), err)
		}
		kept := 0
		for _, c := range all {
			for _, ev := range c.Trace.Events {
				kept += len(ev.Data)
				if ev.N < len(ev.Data) || ev.Kind != oracle.EventSent && ev.Kind != oracle.EventReceived && ev.N != 0 {
					t.Fatalf("event %+v", ev)
				}
			}
			oracle.JudgeTrace(c.Trace, oracle.Options{})
			oracle.JudgeTrace(capture.Mirror(c.Trace), oracle.Options{})
		}
		if kept > most {
			t.Fatalf("%d octets are kept", kept)
		}
	})
}
