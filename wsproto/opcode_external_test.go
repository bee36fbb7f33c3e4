package wsproto_test

import (
	"testing"

	"github.com/wscheck/wscheck/wsproto"
)

func TestOpcode(t *testing.T) {
	names := []string{
		"CONT", "TEXT", "BINARY", "RSV3", "RSV4", "RSV5", "RSV6", "RSV7",
		"CLOSE", "PING", "PONG", "RSVB", "RSVC", "RSVD", "RSVE", "RSVF",
	}
	for i, name := range names {
		t.Run(name, func(t *testing.T) {
			o := wsproto.Opcode(i)
			if got := o.String(); got != name {
				t.Errorf("String is %q", got)
			}
			if got, want := o.IsControl(), i >= 8; got != want {
				t.Errorf("IsControl is %v", got)
			}
			if got, want := o.IsData(), i < 8; got != want {
				t.Errorf("IsData is %v", got)
			}
			if got, want := o.IsReserved(), name[:3] == "RSV"; got != want {
				t.Errorf("IsReserved is %v", got)
			}
		})
	}
}
