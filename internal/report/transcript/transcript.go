package transcript

import (
	"fmt"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/visible"
	"strings"
)

// Lines returns what happened in a conversation, an event or a frame in a
// line, for a terminal: the time in milliseconds, an arrow ("→" is what we sent,
// "←" what the peer sent, "·" is all else), and the text. The events that the
// findings point to are marked. It has at most some 200 lines, and a few more
// for stacks; what the peer sent is made visible.
func Lines(r *report.Result) []string {
	c := New(r.Trace)
	var out []string
	for _, line := range Log(c, r.RFC.Findings, r.Omitted) {
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
				head := c.Sent.Head
				if line.Kind == "rx" {
					head = c.Received.Head
				}
				first, _, _ := strings.Cut(string(head), "\r\n")
				text += ": " + visible.Text(first, 80)
			}
			if line.Hit != "" && i == len(texts)-1 {
				text += "  ◄"
			}
			out = append(out, fmt.Sprintf("%10s %s %s", at, arrow, text))
		}
		if line.Kind == "event" && line.Output != "" {
			for s := range strings.SplitSeq(strings.TrimRight(line.Output, "\n"), "\n") {
				out = append(out, strings.Repeat(" ", 13)+s)
			}
		}
	}
	return out
}
