package oracle

import (
	"strings"
	"testing"

	"github.com/wscheck/wscheck/wsproto"
)

// lineEnds replaces line ends in the head that our side or the peer sends.
func lineEnds(head func(lines string) string, p part) part {
	return func(t *traceBuilder) {
		p(t)
		ev := &t.trace.Events[len(t.trace.Events)-1]
		ev.Data = []byte(head(string(ev.Data)))
		ev.N = len(ev.Data)
	}
}

func lfEverywhere(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }
func lfLast(s string) string       { return strings.TrimSuffix(s, "\r\n") + "\n" }
func lfBeforeLast(s string) string { return strings.TrimSuffix(s, "\r\n\r\n") + "\n\r\n" }
func lfFirst(s string) string      { return strings.Replace(s, "\r\n", "\n", 1) }

// TestAllowed is about peers that do what the RFCs allow, or do not forbid, and
// beside each the peer that does more than that.
func TestAllowed(t *testing.T) {
	const accept, version, ext = "Sec-WebSocket-Accept", "Sec-WebSocket-Version", extensionsField
	tight := Options{Echo: true, Stay: true}
	greet := all(tx(text("a")), rx(text("a")), quiet(), farewell())
	offers := func(offer, answer string) part {
		if answer == "" {
			return all(asked(with(ext, offer)), answered(), greet)
		}
		return all(deflated(offer, answer), greet)
	}
	proto := func(p string) edit {
		return func(q *wsproto.Request, r *wsproto.Response) {
			if r == nil {
				q.Proto = p
			} else {
				r.Proto = p
			}
		}
	}
	wrong := value(accept, testKey)
	opensServer := all(tx(text("a")), rx(text("a")), tx(bye(1000, "")), rx(bye(1000, "")), txEOF(), eof())
	tests := []struct {
		name   string
		role   wsproto.Role
		parts  []part
		want   Outcome
		clause ClauseID // of a finding that there is, or "" for none
	}{
		// RFC 9112 2.2: a recipient may take LF alone for the end of a line.
		{"lf-everywhere-awaited", client, parts(lineEnds(lfEverywhere, asked()), quiet(), closed()), Allowed, ""},
		{"lf-last-awaited", client, parts(lineEnds(lfLast, asked()), quiet(), closed()), Allowed, ""},
		{"lf-before-last-awaited", client, parts(lineEnds(lfBeforeLast, asked()), quiet(), closed()), Allowed, ""},
		{"lf-last-awaited-and-dropped", client, parts(lineEnds(lfLast, asked()), quiet(), eof()), Allowed, "rfc6455/10.7/http-status"},
		{"lf-last-refused", client, parts(lineEnds(lfLast, asked()), refused(), eof()), Pass, ""},
		{"lf-last-accepted", client, parts(lineEnds(lfLast, asked()), answered(), greet), Allowed, "rfc6455/4.2.1/syntax"},
		{"lf-first-unanswered", client, parts(lineEnds(lfFirst, asked()), quiet(), closed()), Violation, "rfc6455/4.2.2/respond"},
		{"unanswered", client, parts(asked(), quiet(), closed()), Violation, "rfc6455/4.2.2/respond"},
		{"body-awaited", client, parts(asked(with("Content-Length", "5")), quiet(), closed()), Allowed, ""},
		{"not-http-unanswered", client, parts(tx(raw("\x00\r\n\r\n")), quiet(), closed()), Allowed, ""},
		{"not-http-dropped", client, parts(tx(raw("\x00\r\n\r\n")), eof()), Allowed, ""},
		{"lf-response-awaited", server, parts(asked(), lineEnds(lfEverywhere, answered()), tx(text("a")), quiet(), tx(bye(1000, "")), quiet(), txEOF(), eof()), Pass, ""},
		{"lf-response-mute", server, parts(asked(), lineEnds(lfEverywhere, answered()), tx(text("a"), bye(1000, "")), txEOF(), quiet(), closed()), Allowed, "rfc6455/4.1/response-conform"},

		// A client that fails the connection leaves it to the server to close TCP.
		{"wrong-response-mute", server, parts(asked(), answered(value("Sec-WebSocket-Accept", "spam")), quiet(), closed()), Allowed, ""},
		{"wrong-response-close", server, parts(asked(), answered(value("Sec-WebSocket-Accept", "spam")), tx(text("a")), rx(bye(1002, "")), tx(bye(1000, "")), closed()), Allowed, ""},
		{"wrong-response-answer", server, parts(asked(), answered(value("Sec-WebSocket-Accept", "spam")), tx(text("a")), rx(text("a")), tx(bye(1000, "")), closed()), Violation, "rfc6455/4.1/response-accept"},
		{"wrong-response-mute-after-end", server, parts(asked(), answered(value("Sec-WebSocket-Accept", "spam")), txEOF(), quiet(), closed()), Violation, "rfc6455/4.1/response-accept"},
		{"wrong-response-unsettled", server, parts(asked(), answered(value("Sec-WebSocket-Accept", "spam")), closed()), Inconclusive, ""},

		// A refusal is one by its status, whatever its fields are.
		{"refused-with-accept", client, parts(asked(), answered(status(404))), Inconclusive, ""},
		{"refused-with-accept-and-body", client, parts(asked(), answered(status(404), with("Content-Length", "1")), rx(raw("\x81"))), Inconclusive, ""},
		{"refused-with-accept-and-text", client, parts(asked(), answered(status(400)), rx(raw("Bad request"))), Inconclusive, ""},
		{"refused-rightly-with-accept", client, parts(asked(lacking("Upgrade")), answered(status(404))), Pass, ""},
		{"refused-and-frames", client, parts(asked(), joined(answered(status(200)), rx(text("a")))), Violation, "rfc6455/4.2.2/respond"},

		// RFC 7692 7.1.2.1: 15 bits are the window that there is without the parameter.
		{"window-15-unanswered", client, parts(offers("permessage-deflate; server_max_window_bits=15", permessageDeflate)), Allowed, "rfc7692/7.1.2.1/window-kept"},
		{"window-15-answered", client, parts(offers("permessage-deflate; server_max_window_bits=15", "permessage-deflate; server_max_window_bits=15")), Pass, ""},
		{"window-15-unanswered-of-two", client, parts(offers("permessage-deflate; server_max_window_bits=10, permessage-deflate; server_max_window_bits=15", permessageDeflate)), Allowed, "rfc7692/7.1.2.1/window-kept"},
		{"window-14-unanswered", client, parts(offers("permessage-deflate; server_max_window_bits=14", permessageDeflate)), Violation, "rfc7692/7.1.2.1/window-kept"},

		// A second close frame, which no sentence forbids.
		{"tcp-late-after-our-end", client, parts(open(), tx(bye(1000, "")), txEOF(), rx(bye(1000, "")), quiet(), eof()), Slow, "rfc6455/5.5.1/server-close-tcp"},
		{"dropped-with-our-direction", client, parts(open(), quiet(), tx(bye(1000, "")), txEOF(), eof()), Violation, "rfc6455/5.5.1/close-reply"},
		{"close-twice", client, parts(open(), tx(bye(1000, "")), rx(bye(1000, ""), bye(1000, "")), eof()), Allowed, "rfc6455/7.1.5/close-once"},
		{"data-after-close", client, parts(open(), tx(bye(1000, "")), rx(bye(1000, ""), text("a")), eof()), Violation, "rfc6455/5.5.1/data-after-close"},

		// RFC 9110 2.5: a higher minor version should be taken.
		{"http-1.2-taken", server, parts(asked(), answered(proto("HTTP/1.2")), opensServer), Pass, ""},
		{"http-1.2-dropped", server, parts(asked(), answered(proto("HTTP/1.2")), eof()), Unsupported, ""},
		{"http-1.2-dropped-on-close", server, parts(asked(), answered(proto("HTTP/1.2")), tx(bye(1000, "")), eof()), Unsupported, ""},
		{"http-1.2-dropped-late", server, parts(asked(), answered(proto("HTTP/1.2")), tx(bye(1000, "")), quiet(), eof()), Unsupported, ""},
		{"http-1.1-dropped-on-close", server, parts(asked(), answered(), quiet(), tx(bye(1000, "")), quiet(), eof()), Violation, "rfc6455/5.5.1/close-reply"},
		{"http-1.2-closed", server, parts(asked(), answered(proto("HTTP/1.2")), rx(bye(1002, "")), tx(bye(1002, "")), txEOF(), eof()), Unsupported, ""},
		{"http-1.2-taken-and-left", server, parts(asked(), answered(proto("HTTP/1.2")), rx(ping("a"), bye(1002, "")), tx(bye(1002, "")), txEOF(), eof()), Violation, "wscheck/stay"},
		{"http-1.1-closed", server, parts(asked(), answered(), rx(bye(1002, "")), tx(bye(1002, "")), txEOF(), eof()), Violation, "wscheck/stay"},

		// What a server need not take, it may take and end the connection before it has sent anything.
		{"expectation-taken-and-left", client, parts(asked(with("Expect", "100-continue")), answered(), eof()), Unsupported, "rfc6455/7.1.1/clean-close"},
		{"expectation-taken-and-left-late", client, parts(asked(with("Expect", "100-continue")), answered(), rx(ping("a")), tx(pong("a")), eof()), Violation, "wscheck/stay"},
		{"http-1.2-request-taken-and-left", client, parts(asked(proto("HTTP/1.2")), answered(), rx(bye(1002, "")), tx(bye(1000, "")), eof()), Unsupported, ""},
		{"plain-request-taken-and-left", client, parts(asked(), answered(), tx(text("a")), eof()), Violation, "wscheck/stay"},
		{"early-frame-failed", client, parts(asked(), tx(pong("a")), answered(), rx(bye(1002, "")), tx(bye(1000, "")), eof()), Unsupported, ""},

		// A field twice: either may be the one that counts.
		{"accept-wrong-and-right-taken", server, parts(asked(), answered(wrong, with(accept, testAccept)), opensServer), Allowed, "rfc6455/4.1/response-conform"},
		{"accept-wrong-and-right-failed", server, parts(asked(), answered(wrong, with(accept, testAccept)), eof()), Pass, ""},
		{"accept-wrong-twice-taken", server, parts(asked(), answered(wrong, with(accept, testKey)), rx(ping("a"))), Violation, "rfc6455/4.1/response-accept"},
		{"version-8-and-13-taken", client, parts(asked(value(version, "8"), with(version, "13")), answered(), quiet()), Allowed, "rfc6455/4.2.1/syntax"},
		{"version-8-and-13-refused", client, parts(asked(value(version, "8"), with(version, "13")), refused()), Pass, ""},
		{"version-8-and-9-taken", client, parts(asked(value(version, "8"), with(version, "9")), answered(), quiet()), Violation, "rfc6455/4.2.1/version"},

		// What is allowed does not fail a run.
		{"draft-taken", client, parts(asked(value(version, "8")), answered(), eof()), Allowed, "rfc6455/4.2.1/version-draft"},
		{"going-away", client, parts(open(), tx(text("a")), rx(bye(wsproto.CloseGoingAway, "")), tx(bye(1001, "")), eof()), Unsupported, ""},
		{"restarts", client, parts(open(), tx(text("a")), rx(bye(wsproto.CloseServiceRestart, "")), tx(bye(1012, "")), eof()), Unsupported, ""},
		{"overloaded", client, parts(open(), tx(text("a")), rx(bye(wsproto.CloseTryAgainLater, "")), tx(bye(1013, "")), eof()), Unsupported, ""},
		{"pings-in-our-frame-and-leaves", client, parts(open(), rx(ping("a")), tx(text("a").declared(10)), rx(bye(1011, "")), eof()), Allowed, ""},
		{"leaves-in-our-frame", client, parts(open(), tx(text("a").declared(10)), rx(bye(1011, "")), eof()), Violation, "wscheck/stay"},
		{"fails-in-our-length", client, parts(open(), tx(text("a"), raw("\x82\xfe\x00")), rx(bye(1002, "")), eof()), Violation, "wscheck/stay"},
		{"client-fails-in-our-length", server, parts(open(), tx(text("a"), raw("\x82\x7e\x00")), rx(bye(1002, "")), tx(bye(1002, "")), txEOF(), eof()), Violation, "wscheck/stay"},
		{"fails-in-our-64-bits", client, parts(open(), tx(text("a"), raw("\x82\xff\x00\x00\x00\x00\x00")), rx(bye(1002, "")), eof()), Violation, "wscheck/stay"},
		{"fails-after-one-octet", client, parts(open(), tx(text("a"), raw("\x82")), rx(bye(1002, "")), eof()), Violation, "wscheck/stay"},
		{"fails-for-what-a-length-is-already", client, parts(open(), tx(text("a"), raw("\x82\xff\x00\x00\x00\x00\x00\x00\x00")), rx(bye(1002, "")), eof()), Inconclusive, ""},
		{"fails-for-the-form-of-a-ping", client, parts(open(), tx(text("a"), raw("\x89\xfe")), rx(bye(1002, "")), eof()), Inconclusive, ""},
		{"fails-for-a-mask-that-is-missing", client, parts(open(), tx(text("a"), raw("\x82\x7e")), rx(bye(1002, "")), eof()), Inconclusive, ""},
		{"fails-for-a-length-beyond-limits", client, parts(open(), tx(text("a"), raw("\x82\xff\x00\x00\x00\x01")), rx(bye(1002, "")), eof()), Inconclusive, ""},
		{"fails-in-our-close-frame", client, parts(open(), tx(text("a"), raw("\x88")), rx(bye(1002, "")), eof()), Inconclusive, ""},
		{"pings-and-leaves", client, parts(open(), rx(ping("a")), tx(pong("a"), text("a").declared(10)), rx(bye(1011, "")), eof()), Violation, "wscheck/stay"},
		{"leaves", client, parts(open(), tx(text("a")), rx(bye(1000, "")), tx(bye(1000, "")), eof()), Violation, "wscheck/stay"},

		// A client that does not take a response has no connection to send a close frame on.
		{"answer-of-no-grammar-failed", server, parts(asked(with(ext, "a")), answered(with(ext, "a b")), eof()), Pass, ""},

		// RFC 7692 7.1.1.1, 7.1.2.1: an answer without what each offer demands accepts none.
		{"takeover-unanswered-left", server, parts(deflated("permessage-deflate; server_no_context_takeover", "permessage-deflate; client_no_context_takeover"), rx(bye(1002, "")), tx(bye(1002, "")), txEOF(), eof()), Unsupported, ""},
		{"takeover-unanswered-taken", server, parts(deflated("permessage-deflate; server_no_context_takeover", "permessage-deflate; client_no_context_takeover"), opensServer), Pass, ""},
		{"window-unanswered-left", server, parts(deflated("permessage-deflate; server_max_window_bits=10", permessageDeflate), rx(bye(1002, "")), tx(bye(1002, "")), txEOF(), eof()), Unsupported, ""},
		{"extension-missing", server, parts(deflated(permessageDeflate, permessageDeflate), tx(text("a")), rx(bye(1010, "b")), tx(bye(1010, "")), txEOF(), eof()), Unsupported, ""},
		{"extension-missing-late", server, parts(deflated(permessageDeflate, permessageDeflate), tx(text("a")), rx(text("a")), tx(text("b")), rx(bye(1010, "b")), tx(bye(1010, "")), txEOF(), eof()), Violation, "wscheck/stay"},
		{"takeover-answered-left", server, parts(deflated("permessage-deflate; server_no_context_takeover", "permessage-deflate; server_no_context_takeover"), rx(bye(1002, "")), tx(bye(1002, "")), txEOF(), eof()), Violation, "wscheck/stay"},
		{"takeover-of-one-offer-answered-left", server, parts(deflated("permessage-deflate; server_no_context_takeover, permessage-deflate", "permessage-deflate; client_no_context_takeover"), rx(bye(1002, "")), tx(bye(1002, "")), txEOF(), eof()), Violation, "rfc7692/7.1.1.2/supported"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, v := judgeBoth(t, traceOf(tt.role, tt.parts...), tight)
			if v.Outcome != tt.want {
				t.Errorf("got %+v, want %v", v, tt.want)
			}
			found := tt.clause == ""
			for _, f := range v.Findings {
				found = found || f.Clause == tt.clause
			}
			if !found || tt.clause == "" && len(v.Findings) > 0 {
				t.Errorf("got %+v, want a finding of %q", v.Findings, tt.clause)
			}
			if v.Outcome != Pass && len(v.Findings) == 0 && v.Reason == "" {
				t.Errorf("%+v has no reason", v)
			}
		})
	}
}

// TestHTTPInsteadOfFrames: HTTP where frames are due is one finding, whatever the
// frames would be that its octets make.
func TestHTTPInsteadOfFrames(t *testing.T) {
	const (
		response = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 12\r\nConnection: close\r\n\r\nBad Request\n"
		request  = "GET /chat HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nAccept: text/html, */*\r\n\r\n"
	)
	tests := []struct {
		name  string
		role  wsproto.Role
		parts []part
		http  bool
	}{
		{"response", client, parts(open(), rx(raw(response)), eof()), true},
		{"response-with-the-101", client, parts(asked(), joined(answered(), rx(raw(response))), eof()), true},
		{"response-after-a-frame", client, parts(open(), tx(ping("a"), text("a")), rx(pong("a"), raw(response)), quiet(), tx(bye(1000, "")), quiet(), closed()), true},
		{"response-to-a-fault", client, parts(open(), tx(text("a").rsv(1)), rx(raw(response)), eof()), true},
		{"second-101", client, parts(open(), rx(raw("HTTP/1.1 101 Switching Protocols\r\n\r\n"), text("a")), eof()), true},
		{"request", server, parts(open(), rx(raw(request)), quiet(), closed()), true},
		{"head-alone", client, parts(open(), rx(raw("HTTP/1.")), eof()), true},
		{"close-that-is-not", client, parts(open(), rx(raw(strings.Replace(response, "HTTP/1.1", "HTTPS 1.1", 1))), eof()), false},
		{"frame-that-is-not", server, parts(open(), rx(raw(strings.Replace(request, "GET /", "GETS ", 1))), quiet(), closed()), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, v := judgeBoth(t, traceOf(tt.role, tt.parts...), Options{Echo: true, Stay: true})
			http := len(v.Findings) == 1 && v.Findings[0].Clause == "rfc6455/6.1/framed"
			if v.Outcome != Violation || http != tt.http {
				t.Errorf("got %+v", v)
			}
		})
	}
}
