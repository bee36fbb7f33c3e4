package drive

import (
	"testing"
	"time"
)

// ExpectFirstLine has a command come for its first line within a time, for a test.
func ExpectFirstLine(t *testing.T, limit time.Duration) {
	t.Helper()
	replace(t, &firstLine, limit)
}

// ExpectOddLine is ExpectFirstLine for one with a URL that the command may not know.
func ExpectOddLine(t *testing.T, limit time.Duration) {
	t.Helper()
	replace(t, &oddLine, limit)
}

func replace(t *testing.T, limit *time.Duration, by time.Duration) {
	t.Helper()
	before := *limit
	*limit = by
	t.Cleanup(func() { *limit = before })
}
