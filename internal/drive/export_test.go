package drive

import (
	"testing"
	"time"
)

// ExpectFirstLine has a command come for its first line within a time, for a test.
func ExpectFirstLine(t *testing.T, limit time.Duration) {
	t.Helper()
	before := firstLine
	firstLine = limit
	t.Cleanup(func() { firstLine = before })
}
