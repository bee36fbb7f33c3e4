package report

import (
	"fmt"
	"strings"

	"github.com/wscheck/wscheck/oracle"
)

// Transcript returns what happened on a connection, an event or a frame in a
// line, for a terminal: the time in milliseconds, an arrow ("→" is what we sent,
// "←" what the peer sent, "·" is all else), and the text. It has at most some
// 200 lines; what the peer sent is made visible.
func Transcript(t *oracle.Trace, omitted Omission) []string {
	c := newConversation(t)
	var out []string
	for _, line := range wireLog(c, nil, omitted) {
		arrow := "·"
		switch line.Kind {
		case "tx":
			arrow = "→"
		case "rx":
			arrow = "←"
		}
		texts := line.Frames
		if len(texts) == 0 {
			texts = []string{line.Text}
		}
		for i, text := range texts {
			at := line.At
			if i > 0 {
				at = ""
			}
			if text == "opening handshake" {
				head := c.sent.head
				if line.Kind == "rx" {
					head = c.received.head
				}
				first, _, _ := strings.Cut(string(head), "\r\n")
				text += ": " + visible(first, 80)
			}
			out = append(out, fmt.Sprintf("%10s %s %s", at, arrow, text))
		}
		if line.Kind == "event" && line.Dump != "" {
			for s := range strings.SplitSeq(line.Dump, "\n") {
				out = append(out, strings.Repeat(" ", 13)+s)
			}
		}
	}
	return out
}
