package capture_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/capture"
	"github.com/wscheck/wscheck/internal/capture/capturetest"
	"github.com/wscheck/wscheck/oracle"
)

// har is an archive with a page, and a connection as browsers write it: the fields
// that were sent and answered, and messages.
func har(asked, status, answered, messages string) string {
	return fmt.Sprintf(`{"log": {"version": "1.2", "creator": {"name": "WebInspector"}, "pages": [], "entries": [
		{"startedDateTime": "2026-01-02T03:04:05.678Z", "request": {"method": "GET", "url": "https://example.test/", "headers": []},
		 "response": {"status": 200, "headers": [], "content": {"text": "{}[]"}}},
		{"_resourceType": "websocket", "startedDateTime": "2026-01-02T03:04:06.000Z",
		 "request": {"method": "GET", "url": "wss://example.test/chat?x=1", "httpVersion": "HTTP/1.1", "headers": [%s]},
		 "response": {"status": %s, "statusText": "", "headers": [%s]},
		 "_webSocketMessages": [%s]}], "comment": {"of": ["nothing"]}}}`, asked, status, answered, messages)
}

const (
	harAsked = `{"name": "Host", "value": "example.test"}, {"name": "Connection", "value": "Upgrade"}, {"name": "Upgrade", "value": "websocket"},
		{"name": "Sec-WebSocket-Version", "value": "13"}, {"name": "Sec-WebSocket-Key", "value": "dGhlIHNhbXBsZSBub25jZQ=="},
		{"name": "Sec-WebSocket-Extensions", "value": "permessage-deflate; client_max_window_bits"}, {"name": "sec-websocket-protocol", "value": "v1\nv2"}`
	harAnswered = `{"name": "upgrade", "value": "websocket"}, {"name": "connection", "value": "upgrade"},
		{"name": "Sec-WebSocket-Accept", "value": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="}, {"name": "Sec-WebSocket-Protocol", "value": "v2"},
		{"name": "Sec-WebSocket-Extensions", "value": "permessage-deflate"}`
	harMessages = `{"type": "send", "time": 1767323046.5, "opcode": 1, "data": "h\u00e9llo"}, {"type": "receive", "time": 1767323046.75, "opcode": 1, "data": "h\u00e9llo"},
		{"type": "send", "time": 1767323047, "opcode": 2, "data": "AP8="}, {"type": "receive", "time": 1767323047.5, "opcode": 2, "data": "AP8="}`
)

// TestHAR judges both sides by what an archive holds, and nobody by what it leaves out.
func TestHAR(t *testing.T) {
	const pass, bad = oracle.Pass, oracle.Violation
	for name, c := range map[string]struct {
		file           string
		server, client oracle.Outcome
		clause         oracle.ClauseID
	}{
		"whole":        {har(harAsked, "101", harAnswered, harMessages), pass, pass, ""},
		"with a mark":  {"\ufeff" + har(harAsked, "101", harAnswered, harMessages), pass, pass, ""},
		"no messages":  {har(harAsked, "101", harAnswered, ""), pass, pass, ""},
		"no fields":    {har("", "101", "", harMessages), pass, pass, ""},
		"no key":       {har(`{"name": "Origin", "value": "https://example.test"}`, "101", harAnswered, harMessages), pass, pass, ""},
		"HTTP/2":       {har(`{"name": ":method", "value": "CONNECT"}, {"name": ":protocol", "value": "websocket"}`, "200", `{"name": ":status", "value": "200"}`, harMessages), pass, pass, ""},
		"refused":      {har(harAsked, "403", `{"name": "Content-Length", "value": "12"}`, ""), pass, pass, ""},
		"control":      {har(harAsked, "101", harAnswered, `{"type": "receive", "time": 1, "opcode": 9, "data": "x"}, {"type": "send", "time": 2, "opcode": 8, "data": "?"}`), pass, pass, ""},
		"accept":       {har(harAsked, "101", strings.Replace(harAnswered, "s3pP", "S3pP", 1), harMessages), bad, bad, "rfc6455/4.2.2/accept"},
		"subprotocol":  {har(harAsked, "101", strings.Replace(harAnswered, `"v2"`, `"v3"`, 1), harMessages), bad, bad, "rfc6455/4.2.2/subprotocol-offered"},
		"no extension": {har(strings.Replace(harAsked, "permessage-deflate;", "x-other;", 1), "101", harAnswered, harMessages), bad, bad, "rfc6455/4.2.2/extension-offered"},
		"echo":         {har(harAsked, "101", harAnswered, strings.Replace(harMessages, `"AP8="}`, `"AP4="}`, 1)), bad, pass, "wscheck/echo-content"},
		"echo to come": {har(harAsked, "101", harAnswered, harMessages+`, {"type": "send", "time": 1767323049, "opcode": 1, "data": "late"}`), pass, pass, ""},
	} {
		t.Run(name, func(t *testing.T) {
			conversation := readOne(t, []byte(c.file))
			if !conversation.Messages || conversation.String() != "wss://example.test/chat?x=1" {
				t.Errorf("%s, messages alone: %v", conversation, conversation.Messages)
			}
			if got := conversation.Start.Format("15:04:05"); got != "03:04:06" {
				t.Errorf("began at %s", got)
			}
			server := oracle.JudgeTrace(conversation.Trace, oracle.Options{Echo: true, Stay: true})
			client := oracle.JudgeTrace(capture.Mirror(conversation.Trace), oracle.Options{})
			if bad := oracle.Violation; (server.Outcome == bad) != (c.server == bad) || (client.Outcome == bad) != (c.client == bad) {
				t.Errorf("server %v, client %v, want %v and %v\n%+v\n%+v", server.Outcome, client.Outcome, c.server, c.client, server, client)
			}
			if c.clause != "" && (len(server.Findings) == 0 || server.ByGravity()[0].Clause != c.clause) {
				t.Errorf("findings %+v, want %s", server.Findings, c.clause)
			}
		})
	}
}

// TestHARReports has a browser say what was wrong, and binary messages that are not
// in base64.
func TestHARReports(t *testing.T) {
	c := readOne(t, []byte(har(harAsked, "101", harAnswered,
		`{"type": "receive", "time": 1, "opcode": 2, "data": "\u00ff\u0000!"}, {"type": "error", "time": 2, "opcode": -1, "data": "Invalid frame header"}`)))
	if len(c.Reported) != 1 || c.Reported[0] != "Invalid frame header" {
		t.Errorf("reported: %q", c.Reported)
	}
	if data, _ := joined(c.Trace, oracle.EventReceived); !bytes.HasSuffix(data, []byte("\x82\x03\xff\x00!")) {
		t.Errorf("received % x", data)
	}
}

// TestNoConversation says what there was in files that hold none.
func TestNoConversation(t *testing.T) {
	trace := conversation(10)
	trace.Events = []oracle.Event{sent(0, []byte("\x16\x03\x01\x00\x05hello")), received(0, []byte("\x16\x03\x03\x00\x00"))}
	tls := capturetest.PCAP(binary.LittleEndian, capturetest.LinkRaw, capturetest.Packets(trace, capturetest.Options{}))
	for name, c := range map[string]struct{ file, want string }{
		"HAR":           {`{"log": {"entries": [{"request": {"url": "https://example.test/"}, "response": {"status": 200}}]}}`, "no entry in it is of a WebSocket: 1 entry"},
		"under way":     {har(harAsked, "0", "", ""), "no entry in it is of a WebSocket: 2 entries"},
		"empty HAR":     {`{"log": {"entries": []}}`, "no entry in it is of a WebSocket: 0 entries"},
		"no key":        {"\n=====\nFollow: tls,raw\nFilter: tcp.stream eq 0\nNode 0: a\nNode 1: b\n=====\n", "no connection in it asks for an upgrade to WebSocket: 1 connection (where tshark prints no octets, the key log is not that of the capture)"},
		"TLS":           {string(tls), "no connection in it asks for an upgrade to WebSocket: 7 packets, 7 of TCP, 1 connection (1 of TLS, which tshark decrypts: see docs/corpus.md)"},
		"empty capture": {string(tls[:24]), "no connection in it asks for an upgrade to WebSocket: 0 packets, 0 of TCP, 0 connections"},
	} {
		t.Run(name, func(t *testing.T) {
			all, seen, err := capture.Read(strings.NewReader(c.file), capture.Limits{}, nil)
			if err != nil || len(all) != 0 || seen.String() != c.want {
				t.Errorf("%d conversations, %v, %q, want %q", len(all), err, seen, c.want)
			}
		})
	}
}

// followed is what tshark 4.0.17 prints of two connections, the second without keys.
const followed = `
===================================================================
Follow: tls,raw
Filter: tcp.stream eq 0
Node 0: 127.0.0.1:52401
Node 1: :0
	474554202f6368617420485454502f312e310d0a486f73743a206c6f63616c686f73740d0a557067726164653a20776562736f636b65740d0a436f6e6e656374696f6e3a20557067726164650d0a5365632d576562536f636b65742d4b65793a206447686c49484e68625842735a5342756232356a5a513d3d0d0a5365632d576562536f636b65742d56657273696f6e3a2031330d0a0d0a
485454502f312e312031303120537769746368696e672050726f746f636f6c730d0a557067726164653a20776562736f636b65740d0a436f6e6e656374696f6e3a20557067726164650d0a5365632d576562536f636b65742d4163636570743a20733370504c4d426954786151396b59477a7a685a52624b2b784f6f3d0d0a0d0a
	81850102030469676f686e
81856162636409070f080e
	888000000000
8800
===================================================================

===================================================================
Follow: tls,raw
Filter: tcp.stream eq 1
Node 0: 127.0.0.1:52402
Node 1: :0
===================================================================
`

// TestFollow reads what tshark decrypted: this server masks.
func TestFollow(t *testing.T) {
	for name, file := range map[string]string{"LF": followed, "CRLF": strings.ReplaceAll(followed, "\n", "\r\n"), "first line": followed[1:]} {
		t.Run(name, func(t *testing.T) {
			c := readOne(t, []byte(file))
			v := oracle.JudgeTrace(c.Trace, oracle.Options{})
			if c.String() != "tcp.stream eq 0" || c.Messages || v.Outcome != oracle.Violation || v.Findings[0].Clause != "rfc6455/5.1/server-masks-not" {
				t.Errorf("%s: %+v", c, v)
			}
			if client := oracle.JudgeTrace(capture.Mirror(c.Trace), oracle.Options{}); client.Outcome > oracle.Allowed {
				t.Errorf("of the client: %+v", client)
			}
		})
	}
}

// TestCompressed reads each format as gzip writes it.
func TestCompressed(t *testing.T) {
	want := conversation(5000)
	packets := capturetest.Packets(want, capturetest.Options{})
	same(t, readOne(t, capturetest.Gzip(capturetest.PCAP(binary.LittleEndian, capturetest.LinkRaw, packets))).Trace, want)
	same(t, readOne(t, capturetest.Gzip(capturetest.PCAPNG(binary.BigEndian, capturetest.LinkEthernet, packets))).Trace, want)
	readOne(t, capturetest.Gzip([]byte(har(harAsked, "101", harAnswered, harMessages))))
	readOne(t, capturetest.Gzip([]byte(followed)))
}

// TestDamaged says where a file of the newer formats is damaged.
func TestDamaged(t *testing.T) {
	packets := capturetest.Packets(conversation(5000), capturetest.Options{})
	z := capturetest.Gzip(capturetest.PCAP(binary.LittleEndian, capturetest.LinkRaw, packets))
	whole := har(harAsked, "101", harAnswered, harMessages)
	for name, c := range map[string]struct{ file, problem string }{
		"gzip alone":      {string(z[:2]), "the compressed file is cut short"},
		"gzip cut":        {string(z[:100]), "the compressed file is cut short"},
		"gzip changed":    {string(patch(z, len(z)-6, 1)), "gzip: invalid checksum"},
		"gzip of text":    {string(capturetest.Gzip([]byte("text"))), "neither pcap nor pcapng"},
		"JSON":            {`{"log": 1}`, `JSON, but no HAR: "log" with "entries" is not there`},
		"other JSON":      {`{"vectors": []}`, `JSON, but no HAR: "log" with "entries" is not there`},
		"entries":         {`{"log": {"entries": {}}}`, `JSON, but no HAR: "log" with "entries" is not there`},
		"HAR cut":         {whole[:len(whole)-3], "the file is cut short"},
		"entry cut":       {whole[:600], "the file is cut short"},
		"no JSON":         {strings.Replace(whole, `"response"`, `response`, 1), "no JSON: invalid character 'r' looking for beginning of object key string"},
		"status":          {strings.Replace(whole, `"status": 101`, `"status": "101"`, 1), "response.status is a string"},
		"opcode":          {strings.Replace(whole, `"opcode": 1`, `"opcode": "text"`, 1), "Opcode is a string"},
		"followed as TCP": {strings.Replace(followed, "tls,raw", "tcp,raw", 1), `"Follow: tcp,raw": want "Follow: tls,raw", or else the capture itself`},
		"followed as hex": {strings.Replace(followed, "8800\n", "00000000  88 00\n", 1), "a line that tshark does not print for -z follow,tls,raw"},
	} {
		t.Run(name, func(t *testing.T) {
			all, _, err := capture.Read(strings.NewReader(c.file), capture.Limits{}, nil)
			var format *capture.FormatError
			if !errors.As(err, &format) || all != nil || format.Problem != c.problem {
				t.Fatalf("%d conversations, error %v, want %s", len(all), err, c.problem)
			}
		})
	}
}

// TestHARLimits has an archive hold more than may be kept: many messages take more
// room than their text.
func TestHARLimits(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat(`{"type":"send","opcode":1},`, 10_000), ",")
	for name, file := range map[string]string{
		"messages": har(harAsked, "101", harAnswered, many),
		"octets":   har(harAsked, "101", harAnswered, `{"type": "send", "opcode": 1, "data": "`+strings.Repeat("x", 200_000)+`"}`),
		"followed": strings.Replace(followed, "\n8800", strings.Repeat("\n8800", 10_000), 1),
	} {
		if _, _, err := capture.Read(strings.NewReader(file), capture.Limits{Octets: 100_000}, nil); !errors.Is(err, capture.ErrTooMuch) {
			t.Errorf("%s: got %v, want %v", name, err, capture.ErrTooMuch)
		}
	}
	empty := strings.TrimSuffix(strings.Repeat("{},", 100_000), ",")
	c := readOne(t, []byte(har(harAsked+","+empty, "101", harAnswered, empty)))
	if len(c.Trace.Events) != 2 {
		t.Errorf("%d events of messages that say nothing", len(c.Trace.Events))
	}
}

// TestInflated stops a small file that becomes a large one.
func TestInflated(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(capturetest.PCAP(binary.LittleEndian, capturetest.LinkRaw, nil)); err != nil {
		t.Fatal(err)
	}
	record := make([]byte, 1<<20)
	for at := 0; at+16+200_000 <= len(record); at += 16 + 200_000 {
		binary.LittleEndian.PutUint32(record[at+8:], 200_000)
	}
	record = record[:5*(16+200_000)]
	for range 3 {
		if _, err := z.Write(record); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for most, want := range map[int64]error{2 << 20: capture.ErrTooMuch, 4 << 20: nil} {
		if _, _, err := capture.Read(bytes.NewReader(b.Bytes()), capture.Limits{Inflated: most}, nil); !errors.Is(err, want) {
			t.Errorf("%d octets, %d may be inflated: got %v, want %v", b.Len(), most, err, want)
		}
	}
}
