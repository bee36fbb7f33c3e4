package gen

import (
	"testing"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// TestDelivered wants each octet to make a script that HTTP/2 carries, whose text is
// read back the same.
func TestDelivered(t *testing.T) {
	seen := map[oracle.Delivery]bool{}
	for by := range 256 {
		s := Decode(wsproto.Client, []byte{0, byte(by), 4, 0x81, 5, 0})
		over := Delivered(s, byte(by))
		if why := over.Uncarried(oracle.HTTP2); why != "" {
			t.Errorf("octet %d: %s", by, why)
		}
		again, err := oracle.ParseScript(over.String())
		if err != nil || again.Delivery != over.Delivery {
			t.Errorf("octet %d: %v, %+v, want %+v", by, err, again, over.Delivery)
		}
		seen[over.Delivery] = true
	}
	if len(seen) != 256 {
		t.Errorf("%d deliveries", len(seen))
	}
}
