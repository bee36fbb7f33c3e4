package capture

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// Lines of what tshark prints for "-z follow,tls,raw,0".
var (
	followRule   = []byte("====")
	followHead   = "Follow: "
	followTLS    = "Follow: tls,raw"
	followFilter = "Filter: "
	followNode   = "Node "
)

// maxLine bounds a line, which holds a record of TLS as hexadecimal digits.
const maxLine = 1 << 20

// readFollow reads what tshark makes of connections over TLS whose keys it has: for
// each a head, and the octets of a record in a line, those of one side indented. It
// has no times and no ends. Where packets are missing from the capture, it has
// nothing of that side from there on, since what follows cannot be decrypted.
func (t *table) readFollow(in *bufio.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	fault := &FormatError{}
	var f *flow
	for ; lines.Scan(); fault.Offset += int64(len(lines.Bytes())) + 1 {
		line := strings.TrimRight(lines.Text(), "\r")
		switch {
		case line == "", strings.HasPrefix(line, followNode):
		case bytes.HasPrefix(lines.Bytes(), followRule):
			f = nil
		case strings.HasPrefix(line, followHead):
			if line != followTLS {
				fault.Problem = fmt.Sprintf("%q: want %q, or else the capture itself", line[:min(len(line), 40)], followTLS)
				return fault
			}
			t.summary.Connections++
			f = newFlow([2]netip.AddrPort{}, 0, t)
		case strings.HasPrefix(line, followFilter):
			if f != nil {
				f.name = strings.TrimPrefix(line, followFilter)
			}
		default:
			digits, indented := strings.CutPrefix(line, "\t")
			octets, err := hex.DecodeString(digits)
			if err != nil || f == nil {
				fault.Problem = "a line that tshark does not print for -z follow,tls,raw"
				return fault
			}
			from := 0
			if indented {
				from = 1
			}
			f.carry(from, octets, len(octets), 0)
			if fault.Problem = t.fault; fault.Problem != "" {
				return fault
			}
			if t.budget.spent() {
				return t.tooMuch()
			}
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		fault.Problem = fmt.Sprintf("a line of more than %d octets", maxLine)
		return fault
	}
	return lines.Err()
}

// isFollow reports whether a file begins as what tshark prints does.
func isFollow(head []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(head, "\r\n"), followRule) && bytes.Contains(head, []byte("\n"+followHead))
}
