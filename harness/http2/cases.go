package http2

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/h2frame"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Cases returns the cases about HTTP/2 that our side plays in a role. The slice is
// the caller's; the cases are shared.
func Cases(role wsproto.Role) []*catalogue.Case {
	return slices.DeleteFunc(slices.Clone(allCases()), func(cs *catalogue.Case) bool { return !cs.Roles.Has(role) })
}

var allCases = sync.OnceValue(func() []*catalogue.Case {
	return slices.Concat(deliveries(), headerLists(), refusedLists(), ignoredFrames(), wrongFrames(), streams())
})

// patience is the longest wait for what a peer owes.
const patience = 5 * time.Second

// failLimit is how long a peer has to act on what is wrong.
const failLimit = 2 * time.Second

// answerWait is how long a peer has for an acknowledgement: long enough that the wait
// by itself shows that it did not come.
const answerWait = 1500 * time.Millisecond

// message is a message of ours.
func message(op wsproto.Opcode, payload string, size int) oracle.Step {
	return oracle.Step{Kind: oracle.StepMessage, Frame: wsproto.Header{Opcode: op}, Payload: oracle.Payload{Data: []byte(payload), Len: size}}
}

// echoed awaits the echo of n messages in all.
func echoed(n int) oracle.Step {
	return oracle.Step{Kind: oracle.StepAwait, Until: oracle.AwaitMessage, Count: n, Timeout: patience}
}

// beneath writes frames of HTTP/2.
func beneath(frames ...frame) oracle.Step {
	return oracle.Step{Kind: oracle.StepRaw, Payload: oracle.Payload{Data: octets(frames...)}, Beneath: true}
}

// newCase makes a case for our side as the client or in both roles.
func newCase(id string, roles catalogue.Roles, sends, wants string, clauses []oracle.ClauseID, steps ...oracle.Step) *catalogue.Case {
	document, rest, _ := strings.Cut(id, "/")
	section, _, _ := strings.Cut(rest, "/")
	return &catalogue.Case{
		ID: id, Description: sends, Expectation: wants, RFC: []string{"RFC " + strings.TrimPrefix(document, "rfc") + " " + section},
		Clauses: clauses, Roles: roles, Script: oracle.Script{Steps: steps}, Quiet: true,
	}
}

const (
	thenEchoed = "Each message comes back, and the closing handshake ends with END_STREAM."
	thenFailed = "The peer resets the stream or ends the connection, as the rule says."
	thenRefuse = "The peer resets the stream, or answers with a status that is not 2xx."
)

var always = []oracle.ClauseID{
	"rfc8441/3/value", "rfc8441/5/status", "rfc8441/5/no-key", "rfc8441/5/end-stream", "rfc9113/3.4/settings-first", "rfc9113/6/frames",
	"rfc9113/8.2/fields", "rfc9113/8.3/pseudo", "rfc8441/4/scheme-path", "rfc8441/5/protocol", "rfc8441/5/no-upgrade",
	"rfc8441/3/kept",
}

// conversations are what each delivery is tried with.
var conversations = []struct {
	name  string
	text  string
	steps []oracle.Step
}{
	{"text", "a short text message", []oracle.Step{message(wsproto.OpText, "Hello, HTTP/2", 0), echoed(1)}},
	{"binary", "a binary message of 300 octets", []oracle.Step{message(wsproto.OpBinary, "\x00\xff\x81", 300), echoed(1)}},
	{"fragments", "a ping within a message in fragments", []oracle.Step{
		{Kind: oracle.StepFrame, Frame: wsproto.Header{Opcode: wsproto.OpText}, Payload: oracle.Payload{Data: []byte("frag")}},
		{Kind: oracle.StepFrame, Frame: wsproto.Header{Fin: true, Opcode: wsproto.OpPing}, Payload: oracle.Payload{Data: []byte("within")}},
		{Kind: oracle.StepFrame, Frame: wsproto.Header{Fin: true, Opcode: wsproto.OpContinuation}, Payload: oracle.Payload{Data: []byte("ments")}},
		{Kind: oracle.StepAwait, Until: oracle.AwaitPong, Count: 1, Timeout: patience}, echoed(1),
	}},
}

// deliveries are cases about how DATA frames bring the octets of the stream: cut
// anywhere, padded, one by one as a window opens.
func deliveries() (cases []*catalogue.Case) {
	type way struct {
		id, text string
		oracle.Delivery
		clauses []oracle.ClauseID
	}
	ways := []way{{id: "whole", text: "DATA frames as they come", clauses: always}}
	for _, n := range []int{1, 2, 3, 7, 100} {
		ways = append(ways, way{id: fmt.Sprintf("data-%d", n), text: fmt.Sprintf("DATA frames of %d octets", n), Delivery: oracle.Delivery{Data: n}})
	}
	for _, n := range []int{1, 16, 255} {
		ways = append(ways, way{id: fmt.Sprintf("padding-%d", n), text: fmt.Sprintf("DATA frames with padding of %d octets", n), Delivery: oracle.Delivery{Pad: n}})
	}
	for _, n := range []int{1, 2, 5, 100, 1000} {
		ways = append(ways, way{
			id: fmt.Sprintf("window-%d", n), text: fmt.Sprintf("a window of %d octets for the peer", n), Delivery: oracle.Delivery{Window: n},
			clauses: []oracle.ClauseID{"rfc9113/6.9/window"},
		})
	}
	ways = append(ways,
		way{id: "empty", text: "an empty DATA frame before each other one", Delivery: oracle.Delivery{Empty: true}},
		way{id: "padding-data-1", text: "DATA frames of an octet and padding of 3", Delivery: oracle.Delivery{Data: 1, Pad: 3}},
		way{id: "all", text: "small, padded DATA frames with empty ones between, and a window of 7 octets for the peer", Delivery: oracle.Delivery{Data: 5, Pad: 9, Window: 7, Empty: true}},
	)
	for _, w := range ways {
		for _, c := range conversations {
			cs := newCase("rfc8441/5/"+w.id+"-"+c.name, catalogue.InBoth, upper(w.text)+": "+c.text+".", thenEchoed,
				append([]oracle.ClauseID{"wscheck/echo-content"}, w.clauses...), c.steps...)
			cs.Script.Delivery = w.Delivery
			cases = append(cases, cs)
		}
	}
	return cases
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// usual is the header list of an extended CONNECT, line by line.
var usual = []string{
	":method: CONNECT", ":protocol: websocket", ":scheme: http", ":path: ${target}", ":authority: ${authority}", "sec-websocket-version: 13",
}

// verbatim is the opening handshake with that header list.
func verbatim(lines ...string) oracle.Handshake {
	return oracle.Handshake{Raw: []byte(wsproto.VerbatimHead + "\r\n" + strings.Join(lines, "\r\n") + "\r\n\r\n")}
}

// less is the usual list without the lines that begin so.
func less(begins ...string) (lines []string) {
	for _, line := range usual {
		if !slices.ContainsFunc(begins, func(b string) bool { return strings.HasPrefix(line, b) }) {
			lines = append(lines, line)
		}
	}
	return lines
}

func plus(more ...string) []string { return slices.Concat(usual, more) }

// headerLists are cases about header lists that are unusual and right.
func headerLists() (cases []*catalogue.Case) {
	for _, c := range []struct {
		id, text string
		lines    []string
	}{
		{"order", "The pseudo-header fields in another order", []string{usual[3], usual[1], usual[4], usual[0], usual[2], usual[5]}},
		{"te-trailers", "The field te with the value trailers", plus("te: trailers")},
		{"origin", "An Origin field", plus("origin: http://${authority}")},
		{"cookies", "Cookies in several fields", plus("cookie: a=b", "cookie: c=d", "cookie: e=f")},
		{"many-fields", "Fifty more fields", plus(strings.Split(strings.Repeat("x-wscheck: filler\n", 49)+"x-last: one", "\n")...)},
		{"long-field", "A field of 4000 octets", plus("x-wscheck: " + strings.Repeat("long ", 800) + "end")},
		{"empty-field", "A field with an empty value", plus("x-wscheck:")},
	} {
		cs := newCase("rfc9113/8.3/"+c.id, catalogue.AsClient, c.text+" in an extended CONNECT.", "The server accepts. "+thenEchoed, []oracle.ClauseID{"rfc9113/8.3/pseudo"}, conversations[0].steps...)
		cs.Script.Handshake = verbatim(c.lines...)
		if c.id == "many-fields" || c.id == "long-field" {
			cs.Script.Handshake.MayRefuse = true
		}
		cases = append(cases, cs)
	}
	return cases
}

// refusedLists are cases about header lists that are malformed.
func refusedLists() (cases []*catalogue.Case) {
	add := func(id string, clause oracle.ClauseID, text string, lines []string) {
		cs := newCase(id, catalogue.AsClient, text+".", thenRefuse, []oracle.ClauseID{clause})
		cs.Script.Handshake = verbatim(lines...)
		cs.Script.Handshake.Refused = oracle.Lookup(clause).Fatal()
		cs.Script.Handshake.MayRefuse = !cs.Script.Handshake.Refused
		cases = append(cases, cs)
	}
	const schemePath, pseudo = "rfc8441/4/scheme-path-refused", "rfc9113/8.3/pseudo-refused"
	add("rfc8441/4/no-scheme", schemePath, "An extended CONNECT without :scheme", less(":scheme"))
	add("rfc8441/4/no-path", schemePath, "An extended CONNECT without :path", less(":path"))
	add("rfc8441/4/empty-path", schemePath, "An extended CONNECT with an empty :path", append(less(":path", "sec-"), ":path:", usual[5]))
	add("rfc8441/4/no-scheme-path", schemePath, "An extended CONNECT with neither :scheme nor :path", less(":scheme", ":path"))
	add("rfc8441/5/protocol-chat", "rfc8441/5/protocol-refused", "The :protocol chat", append(less(":protocol", "sec-"), ":protocol: chat", usual[5]))
	add("rfc8441/5/protocol-empty", "rfc8441/5/protocol-refused", "An empty :protocol", append(less(":protocol", "sec-"), ":protocol:", usual[5]))
	for _, name := range []string{"Sec-WebSocket-Protocol", "X-Wscheck", "x-wscheCk"} {
		add("rfc9113/8.2.1/name-"+strings.ToLower(name)+fmt.Sprint(len(name), strings.Count(name, "-"), name[0]), "rfc9113/8.2.1/field-refused", "A field named "+name, plus(name+": chat"))
	}
	for _, line := range []string{"connection: upgrade", "upgrade: websocket", "keep-alive: timeout=5", "proxy-connection: keep-alive", "transfer-encoding: chunked", "te: gzip"} {
		name, _, _ := strings.Cut(line, ":")
		add("rfc9113/8.2.2/"+name, "rfc9113/8.2.2/connection-refused", "The field "+name, plus(line))
	}
	for _, line := range usual[:5] {
		name, _, _ := strings.Cut(line[1:], ":")
		add("rfc9113/8.3/twice-"+name, pseudo, "The pseudo-header field :"+name+" twice", append([]string{line}, usual...))
		add("rfc9113/8.3/late-"+name, pseudo, "The pseudo-header field :"+name+" after a field", append(less(line), line))
	}
	add("rfc9113/8.3/unknown", pseudo, "A pseudo-header field that there is not", append([]string{":version: 2"}, usual...))
	add("rfc9113/8.3/status", pseudo, "The pseudo-header field :status in a request", append([]string{":status: 200"}, usual...))
	add("rfc9113/8.3/method-get", pseudo, ":protocol with the method GET", append([]string{":method: GET"}, less(":method")...))
	add("rfc9113/8.3/method-post", pseudo, ":protocol with the method POST", append([]string{":method: POST"}, less(":method")...))
	return cases
}

// ignoredFrames are cases about frames that change nothing, or that are to be
// answered and change nothing else.
func ignoredFrames() (cases []*catalogue.Case) {
	between := func(id string, clause oracle.ClauseID, text string, frames ...frame) {
		steps := []oracle.Step{message(wsproto.OpText, "before", 0), echoed(1), beneath(frames...)}
		if clause == "rfc9113/6.7/ping-ack" || clause == "rfc9113/6.5.3/settings-ack" {
			steps = append(steps, oracle.Step{Kind: oracle.StepAwait, Until: oracle.AwaitEnd, Timeout: answerWait})
		}
		steps = append(steps, message(wsproto.OpText, "after", 0), echoed(2))
		cases = append(cases, newCase(id, catalogue.InBoth, text+" between two messages.", thenEchoed, []oracle.ClauseID{clause}, steps...))
	}
	const unknown = "rfc9113/4.1/unknown-type"
	for _, kind := range []byte{0x16, 0x4d, 0xbe, 0xff} {
		for _, stream := range []uint32{0, 1} {
			between(fmt.Sprintf("rfc9113/4.1/type-%02x-stream-%d", kind, stream), unknown, fmt.Sprintf("A frame of the type %#02x of stream %d", kind, stream),
				frame{Type: kind, Flags: 0xa5, Stream: stream, Body: []byte("whatever")})
		}
	}
	between("rfc9113/4.1/type-empty", unknown, "An empty frame of an unknown type", frame{Type: 0xf0})
	between("rfc9113/4.1/reserved-bit", "rfc9113/6.7/ping-ack", "A PING with the reserved bit", frame{Type: h2frame.Ping, Stream: 1 << 31, Body: []byte("reserved")})
	between("rfc9113/4.1/flags", "rfc9113/6.7/ping-ack", "A PING with flags that it does not have", frame{Type: h2frame.Ping, Flags: 0xf8, Body: []byte("flagged!")})
	const setting0 = "rfc9113/6.5.2/unknown-setting"
	between("rfc9113/6.5.2/unknown-0", setting0, "The setting 0", settingsFrame(setting{0, 1}))
	between("rfc9113/6.5.2/unknown-7", setting0, "The setting 7", settingsFrame(setting{7, 1 << 31}))
	between("rfc9113/6.5.2/unknown-9", setting0, "The setting 9", settingsFrame(setting{9, 0}))
	const ack = "rfc9113/6.5.3/settings-ack"
	between("rfc9113/6.5/empty", ack, "SETTINGS without a setting", settingsFrame())
	between("rfc9113/6.5/several", ack, "Three SETTINGS frames", settingsFrame(), settingsFrame(setting{h2frame.SettingListSize, 1 << 16}), settingsFrame())
	between("rfc9113/6.5/table-size-0", ack, "SETTINGS_HEADER_TABLE_SIZE 0", settingsFrame(setting{h2frame.SettingTable, 0}))
	const ping = "rfc9113/6.7/ping-ack"
	between("rfc9113/6.7/ping", ping, "A PING", frame{Type: h2frame.Ping, Body: []byte("wscheck!")})
	between("rfc9113/6.7/ping-zeros", ping, "A PING of zeros", frame{Type: h2frame.Ping, Body: make([]byte, 8)})
	between("rfc9113/6.7/pings", ping, "Three PINGs", frame{Type: h2frame.Ping, Body: []byte("number 1")}, frame{Type: h2frame.Ping, Body: []byte("number 2")}, frame{Type: h2frame.Ping, Body: []byte("number 3")})
	between("rfc9113/6.3/priority", unknown, "A PRIORITY frame", frame{Type: h2frame.Priority, Stream: 1, Body: []byte{0, 0, 0, 0, 16}})
	between("rfc9113/6.3/priority-idle", unknown, "A PRIORITY frame of a stream that is idle", frame{Type: h2frame.Priority, Stream: 101, Body: []byte{0, 0, 0, 0, 16}})
	between("rfc9113/6.9/update", "rfc9113/6.9/window", "WINDOW_UPDATE frames", windowFrame(0, 1), windowFrame(1, 1), windowFrame(0, 65535))
	between("rfc9113/6.1/empty-data", "rfc9113/6/frames", "DATA without octets, twice", frame{Type: h2frame.Data, Stream: 1}, frame{Type: h2frame.Data, Stream: 1})
	return cases
}

// wrongFrames are cases about frames that the peer has to act on.
func wrongFrames() (cases []*catalogue.Case) {
	add := func(id string, clause oracle.ClauseID, roles catalogue.Roles, text string, frames ...frame) {
		cases = append(cases, newCase(id, roles, text+".", thenFailed, []oracle.ClauseID{clause},
			message(wsproto.OpText, "before", 0), echoed(1), beneath(frames...),
			oracle.Step{Kind: oracle.StepAwait, Until: oracle.AwaitEnd, Timeout: failLimit}))
	}
	both, servers := catalogue.InBoth, catalogue.AsClient
	for _, f := range []struct {
		id, text string
		frame
	}{
		{"data", "DATA", frame{Type: h2frame.Data, Body: []byte("x")}}, {"headers", "HEADERS", frame{Type: h2frame.Headers, Flags: h2frame.FlagHeaders, Body: []byte{0x88}}},
		{"priority", "PRIORITY", frame{Type: h2frame.Priority, Body: make([]byte, 5)}}, {"rst", "RST_STREAM", resetFrame(0, errorCancel)},
	} {
		add("rfc9113/6/stream-zero-"+f.id, "rfc9113/6/stream-zero", both, f.text+" of stream 0", f.frame)
	}
	for _, f := range []struct {
		id, text string
		frame
	}{
		{"settings", "SETTINGS", frame{Type: h2frame.Settings, Stream: 1}}, {"ping", "PING", frame{Type: h2frame.Ping, Stream: 1, Body: make([]byte, 8)}},
		{"goaway", "GOAWAY", frame{Type: h2frame.GoAway, Stream: 1, Body: make([]byte, 8)}},
	} {
		add("rfc9113/6/connection-"+f.id, "rfc9113/6/connection-frame", both, f.text+" of stream 1", f.frame)
	}
	for _, f := range []struct {
		id    string
		kind  byte
		flags byte
		sizes []int
		on    uint32
	}{
		{"ping", h2frame.Ping, 0, []int{0, 7, 9}, 0}, {"rst", h2frame.Reset, 0, []int{3, 5}, 1}, {"update", h2frame.Window, 0, []int{3, 5}, 1},
		{"settings", h2frame.Settings, 0, []int{1, 5, 7}, 0}, {"settings-ack", h2frame.Settings, h2frame.FlagAck, []int{6}, 0}, {"goaway", h2frame.GoAway, 0, []int{7}, 0},
	} {
		for _, size := range f.sizes {
			add(fmt.Sprintf("rfc9113/4.2/%s-%d", f.id, size), "rfc9113/4.2/length", both, fmt.Sprintf("A %s frame of %d octets", f.id, size),
				frame{Type: f.kind, Flags: f.flags, Stream: f.on, Body: make([]byte, size)})
		}
	}
	add("rfc9113/4.2/unknown-16385", "rfc9113/4.2/frame-size", servers, "A frame of 16,385 octets, of a type that nobody knows, which a peer takes that has announced longer ones", frame{Type: 0xbe, Body: make([]byte, h2frame.FirstFrameSize+1)})
	add("rfc9113/4.2/data-2-24", "rfc9113/4.2/frame-size", servers, "The head of a DATA frame of 2^24-1 octets", frame{Type: h2frame.Data, Stream: 1, Length: 1<<24 - 1})
	add("rfc9113/5.1/idle-data", "rfc9113/5.1/idle", both, "DATA of a stream that is idle", frame{Type: h2frame.Data, Stream: 101, Body: []byte("x")})
	add("rfc9113/5.1/idle-update", "rfc9113/5.1/idle", both, "WINDOW_UPDATE of a stream that is idle", windowFrame(101, 1))
	add("rfc9113/5.1/idle-rst", "rfc9113/5.1/idle", both, "RST_STREAM of a stream that is idle", resetFrame(101, errorCancel))
	add("rfc9113/5.1/closed-data", "rfc9113/5.1/closed", servers, "DATA after END_STREAM, in the same write",
		frame{Type: h2frame.Data, Flags: h2frame.FlagEnd, Stream: 1}, frame{Type: h2frame.Data, Stream: 1, Body: []byte("late")})
	add("rfc9113/5.1.1/even", "rfc9113/5.1.1/stream-number", servers, "A request on stream 2", frame{Type: h2frame.Headers, Flags: h2frame.FlagHeaders | h2frame.FlagEnd, Stream: 2, Body: []byte{0x82, 0x86, 0x84, 0x41, 0x01, 'a'}})
	add("rfc9113/6.1/padding-equal", "rfc9113/6.1/padding", both, "DATA with as much padding as payload", frame{Type: h2frame.Data, Flags: h2frame.FlagPadded, Stream: 1, Body: []byte{4, 0, 0, 0}})
	add("rfc9113/6.1/padding-more", "rfc9113/6.1/padding", both, "DATA with more padding than payload", frame{Type: h2frame.Data, Flags: h2frame.FlagPadded, Stream: 1, Body: []byte{255, 0}})
	add("rfc9113/6.2/block-ping", "rfc9113/6.2/field-block", servers, "PING within a field block", frame{Type: h2frame.Headers, Flags: h2frame.FlagEnd, Stream: 3, Body: []byte{0x82}}, frame{Type: h2frame.Ping, Body: make([]byte, 8)})
	add("rfc9113/6.2/block-data", "rfc9113/6.2/field-block", servers, "DATA within a field block", frame{Type: h2frame.Headers, Flags: h2frame.FlagEnd, Stream: 3, Body: []byte{0x82}}, frame{Type: h2frame.Data, Stream: 1})
	add("rfc9113/6.2/block-other", "rfc9113/6.2/field-block", servers, "CONTINUATION of another stream within a field block", frame{Type: h2frame.Headers, Flags: h2frame.FlagEnd, Stream: 3, Body: []byte{0x82}}, frame{Type: h2frame.Continuation, Flags: h2frame.FlagHeaders, Stream: 1})
	add("rfc9113/6.2/block-ping-trailers", "rfc9113/6.2/field-block", catalogue.AsServer, "PING within a field block", frame{Type: h2frame.Headers, Flags: h2frame.FlagEnd, Stream: 1, Body: []byte{0x88}}, frame{Type: h2frame.Ping, Body: make([]byte, 8)})
	for _, s := range []struct {
		id string
		setting
	}{
		{"push-2", setting{h2frame.SettingPush, 2}}, {"window-2-31", setting{h2frame.SettingWindow, 1 << 31}},
		{"frame-16383", setting{h2frame.SettingFrameSize, 16383}}, {"frame-2-24", setting{h2frame.SettingFrameSize, 1 << 24}},
	} {
		add("rfc9113/6.5.2/"+s.id, "rfc9113/6.5.2/setting", both, fmt.Sprintf("SETTINGS %#x = %d", s.id, s.value), settingsFrame(s.setting))
	}
	add("rfc9113/6.9/zero-connection", "rfc9113/6.9/increment", both, "A WINDOW_UPDATE of 0 of the connection", windowFrame(0, 0))
	add("rfc9113/6.9/zero-stream", "rfc9113/6.9/increment", both, "A WINDOW_UPDATE of 0 of the stream", windowFrame(1, 0))
	add("rfc9113/6.9.1/overflow-connection", "rfc9113/6.9.1/overflow", both, "A window of the connection of more than 2^31-1 octets", windowFrame(0, h2frame.MaxWindow))
	add("rfc9113/6.9.1/overflow-stream", "rfc9113/6.9.1/overflow", both, "A window of the stream of more than 2^31-1 octets", windowFrame(1, h2frame.MaxWindow))
	add("rfc9113/6.10/alone", "rfc9113/6.10/continuation", both, "CONTINUATION on its own", frame{Type: h2frame.Continuation, Flags: h2frame.FlagHeaders, Stream: 1, Body: []byte{0x88}})
	add("rfc9113/6.10/alone-idle", "rfc9113/6.10/continuation", servers, "CONTINUATION of a stream that is idle", frame{Type: h2frame.Continuation, Flags: h2frame.FlagHeaders, Stream: 101})
	add("rfc9113/8.4/push", "rfc9113/8.4/push", servers, "PUSH_PROMISE of a client", frame{Type: h2frame.Push, Flags: h2frame.FlagHeaders, Stream: 1, Body: []byte{0, 0, 0, 2, 0x82}})
	return cases
}
