package catalogue

import (
	"fmt"
	"strings"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// deflateSizes are the sizes of the eighteen cases of each part of sections 12
// and 13.
var deflateSizes = []struct {
	octets   int
	fragment int
	limit    time.Duration
}{
	{16, 0, 60 * time.Second},
	{64, 0, 60 * time.Second},
	{256, 0, 120 * time.Second},
	{1 << 10, 0, 240 * time.Second},
	{4 << 10, 0, 480 * time.Second},
	{8 << 10, 0, 480 * time.Second},
	{16 << 10, 0, 480 * time.Second},
	{32 << 10, 0, 480 * time.Second},
	{64 << 10, 0, 480 * time.Second},
	{128 << 10, 0, 480 * time.Second},
	{8 << 10, 256, 480 * time.Second},
	{16 << 10, 256, 480 * time.Second},
	{32 << 10, 256, 480 * time.Second},
	{64 << 10, 256, 480 * time.Second},
	{128 << 10, 256, 480 * time.Second},
	{128 << 10, 1 << 10, 480 * time.Second},
	{128 << 10, 4 << 10, 480 * time.Second},
	{128 << 10, 32 << 10, 480 * time.Second},
}

// header is the offer of a client that asks of the server what a server with
// that answer asks of the client, and can serve both requests itself.
func (a DeflateAnswer) header() string {
	var b strings.Builder
	b.WriteString("permessage-deflate; client_no_context_takeover; client_max_window_bits")
	if a.RequestNoContextTakeover {
		b.WriteString("; server_no_context_takeover")
	}
	if a.RequestMaxWindowBits != 0 {
		fmt.Fprintf(&b, "; server_max_window_bits=%d", a.RequestMaxWindowBits)
	}
	return b.String()
}

// deflateEntries are the eighteen cases with one kind of data and one
// negotiation: the offers of our side as the client, and its answers as the
// server.
func deflateEntries(section string, op wsproto.Opcode, source string, rfc string, answers ...DeflateAnswer) []entry {
	var offers []string
	for _, a := range answers {
		offers = append(offers, a.header())
	}
	var rows []entry
	for i, size := range deflateSizes {
		e := loopEntry(fmt.Sprintf("%s.%d", section, i+1), op,
			oracle.Payload{Source: source, Len: size.octets}, size.fragment, size.limit)
		e.sends = negotiation(answers) + " Then " + e.sends
		e.wants = "The peer accepts permessage-deflate, and compresses as negotiated or not at all. " + e.wants
		e.rfc = []string{rfc, "RFC 7692 7.2"}
		e.offers = offers
		e.answers = answers
		e.expect.Deflate = true
		e.expect.ReportRatios = true
		rows = append(rows, e)
	}
	return rows
}

// negotiation says in words what our side asks of the peer's compressor.
func negotiation(answers []DeflateAnswer) string {
	var wishes []string
	for _, a := range answers {
		wish := "context takeover and window left to the peer"
		switch {
		case a.RequestNoContextTakeover && a.RequestMaxWindowBits != 0:
			wish = fmt.Sprintf("the peer asked for no context takeover and a window of %d bits", a.RequestMaxWindowBits)
		case a.RequestNoContextTakeover:
			wish = "the peer asked for no context takeover"
		case a.RequestMaxWindowBits != 0:
			wish = fmt.Sprintf("the peer asked for a window of %d bits", a.RequestMaxWindowBits)
		}
		wishes = append(wishes, wish)
	}
	if len(wishes) == 1 {
		return "permessage-deflate with " + wishes[0] + "."
	}
	return "permessage-deflate in several offers, in this order of preference: with " +
		strings.Join(wishes, "; with ") + "."
}
