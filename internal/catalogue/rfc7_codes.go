package catalogue

import (
	"fmt"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// codeRanges are the close codes from 0 to 65535 by what RFC 6455 7.4 and the
// registry of 11.7 say of them, with those that are tried of each range.
var codeRanges = []struct {
	codes []wsproto.CloseCode
	what  string
}{
	{[]wsproto.CloseCode{0, 1, 2, 3, 10, 100, 125, 126, 127, 128, 255, 256, 257, 500, 998, 999}, "a number of the range 0 to 999, which is not used"},
	{[]wsproto.CloseCode{1000, 1001, 1002, 1003}, "a code that RFC 6455 defines"},
	{[]wsproto.CloseCode{1004}, "a reserved number without a meaning"},
	{[]wsproto.CloseCode{1005}, "the sign within an endpoint for \"no code\", which is never sent"},
	{[]wsproto.CloseCode{1006}, "the sign within an endpoint for \"no close frame\", which is never sent"},
	{[]wsproto.CloseCode{1007, 1008, 1009, 1010, 1011}, "a code that RFC 6455 defines"},
	{[]wsproto.CloseCode{1012, 1013, 1014}, "a code that was registered with IANA after RFC 6455"},
	{[]wsproto.CloseCode{1015}, "the sign within an endpoint for a failed TLS handshake, which is never sent"},
	{[]wsproto.CloseCode{1016, 1017, 1023, 1024, 1099, 1100, 1500, 1998, 1999}, "a number that is left for the protocol itself, without a meaning"},
	{[]wsproto.CloseCode{2000, 2001, 2047, 2048, 2500, 2998, 2999}, "a number that is left for extensions, without a meaning"},
	{[]wsproto.CloseCode{3000, 3001, 3500, 3998, 3999}, "a code for libraries and frameworks"},
	{[]wsproto.CloseCode{4000, 4001, 4095, 4096, 4500, 4998, 4999}, "a code for private use"},
	{[]wsproto.CloseCode{5000, 5001, 9999, 10000, 32767, 32768, 59395, 65280, 65534, 65535}, "a number beyond all ranges"},
}

// closeCodeSweep closes with codes of every range, alone and with a reason.
func closeCodeSweep() []row {
	var rows []row
	for _, r := range codeRanges {
		for _, code := range r.codes {
			what := r.what
			if code == 59395 {
				what += ", whose octets E8 03 are 1000 the wrong way round"
			}
			for _, reason := range []string{"", "reason"} {
				id, how := fmt.Sprintf("7.4/close-code-%d", code), "without a reason"
				if reason != "" {
					id, how = id+"-reason", "with a reason"
				}
				rows = append(rows, codeRow(id, fmt.Sprintf("A close frame %s and with code %d, %s.", how, code, what), code, reason))
			}
		}
	}
	for i, code := range []wsproto.CloseCode{999, 1004, 1005, 1006, 1015, 1016, 2999} {
		before := inTurn(i)
		r := codeRow(fmt.Sprintf("7.4/close-code-%d-echoed", code),
			fmt.Sprintf("%s, and a close frame with code %d, which must not be sent.", before.what, code), code, "")
		r.steps = append(before.steps, r.steps...)
		rows = append(rows, r)
	}
	return rows
}

// codeRow closes with that code. The RFC does not say what the receiver of a forbidden code
// does, but it must not send it back.
func codeRow(id, sends string, code wsproto.CloseCode, reason string) row {
	clauses := with(closeClauses, "rfc6455/7.4.2/code-defined", "rfc6455/7.4.1/code-1010", "rfc6455/5.5.1/close-taken")
	wants := "It is answered by a close frame with this code, with another one that may be sent, or with none." + thenAnswered
	switch {
	case !code.Registered():
		wants = "The code must not be sent. The peer answers with a close frame of a code that may be, such as 1002, or without one, " +
			"but not with the same code; or it drops the connection."
		switch {
		case code == wsproto.CloseNoStatus, code == wsproto.CloseAbnormal, code == wsproto.CloseTLSHandshake:
			clauses = with(closeClauses, oracle.ClauseID(fmt.Sprintf("rfc6455/7.4.1/code-%d", code)))
		case code >= 5000:
			wants = "RFC 6455 7.4 ends at 4999. The peer answers with a close frame of a code that may be sent, such as 1002, or without one, " +
				"or it drops the connection. One that gives the code back is reported, but not called wrong."
			clauses = with(closeClauses, "rfc6455/7.4.2/code-beyond")
		}
	case !code.Sendable():
		wants = "Peers from before its registration may take the code for wrong. It is answered by a close frame with this code, " +
			"with another one that may be sent, or with none." + thenAnswered
	}
	r := closeRow(id, sends, wants, clauses, closing(code, reason))
	if code == 0 { // a step without a code sends none
		r.steps = []oracle.Step{closeFrame(codeOctets(code) + reason)}
	}
	return r
}
