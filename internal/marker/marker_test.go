package marker

import "testing"

func TestMarkersDiffer(t *testing.T) {
	seen := map[[Size]byte]bool{}
	for n := range uint64(1000) {
		seen[Of(n)], seen[Of(n<<35)] = true, true
	}
	if len(seen) != 1999 {
		t.Errorf("%d markers, want 1999", len(seen))
	}
}
