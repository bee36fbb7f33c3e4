package process

import (
	"bytes"
	"regexp"
	"sync"
)

// announced looks for the URL of a WebSocket on a port in what a process prints: the
// first one counts.
type announced struct {
	port string

	mu     sync.Mutex
	line   []byte
	target string // the path and the query; "" before the URL was printed
}

// maxAnnounced is how many octets of a line are looked at.
const maxAnnounced = 4096

var announcedURL = regexp.MustCompile(`\bwss?://[][0-9A-Za-z.:-]*:([0-9]+)(/[!-~]*)?`)

// Write takes octets that were printed.
func (a *announced) Write(b []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for rest, more := b, true; more && a.target == ""; {
		var piece []byte
		piece, rest, more = bytes.Cut(rest, []byte("\n"))
		a.line = append(a.line, piece[:min(len(piece), maxAnnounced-len(a.line))]...)
		if more {
			a.read()
		}
	}
	return len(b), nil
}

// read looks at a line that is complete.
func (a *announced) read() {
	for _, m := range announcedURL.FindAllSubmatch(a.line, -1) {
		if string(m[1]) != a.port {
			continue
		}
		if a.target = string(m[2]); a.target == "" {
			a.target = "/"
		}
		break
	}
	a.line = a.line[:0]
}

// found returns the path and the query of the URL, "" before it was printed.
func (a *announced) found() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.target
}
