package oracle

import (
	"bytes"
	"slices"
)

// Matches reports whether got are the octets of the payload from offset on. A
// payload from a test data set matches nothing here: its owner resolves it.
func (p *Payload) Matches(offset int, got []byte) bool {
	if p.Source != "" || offset < 0 || offset+len(got) > p.Size() {
		return false
	}
	if p.Len == 0 {
		return bytes.Equal(p.Data[offset:offset+len(got)], got)
	}
	period := len(p.Data)
	if period == 0 {
		return len(got) == 0
	}
	n := min(period, len(got))
	for i := range n {
		if got[i] != p.Data[(offset+i)%period] {
			return false
		}
	}
	// From the second repetition on, octets equal those one period before.
	return bytes.Equal(got[n:], got[:len(got)-n])
}

// AppendRange appends n octets of the payload from offset on, which have to
// exist. A payload from a test data set has no octets here.
func (p *Payload) AppendRange(dst []byte, offset, n int) []byte {
	if p.Len == 0 {
		return append(dst, p.Data[offset:offset+n]...)
	}
	period := len(p.Data)
	if period == 0 {
		return dst
	}
	dst = slices.Grow(dst, n)
	start, phase := len(dst), offset%period
	dst = append(dst, p.Data[phase:min(period, phase+n)]...)
	dst = append(dst, p.Data[:max(0, min(phase, n-(period-phase)))]...)
	for done := len(dst) - start; done < n; done = len(dst) - start {
		// A whole number of periods is copied each time, so that the phase is
		// kept while the size doubles.
		k := done - done%period
		dst = append(dst, dst[start:start+min(k, n-done)]...)
	}
	return dst
}
