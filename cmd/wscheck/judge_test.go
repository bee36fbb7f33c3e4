package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/capture/capturetest"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// capturedTrace is what a capture of a conversation holds: the client does not
// mask, and the server takes that.
func capturedTrace() *oracle.Trace {
	const key = "dGhlIHNhbXBsZSBub25jZQ=="
	event := func(kind oracle.EventKind, at int, data []byte) oracle.Event {
		return oracle.Event{Kind: kind, At: time.Duration(at) * time.Millisecond, Data: data, N: len(data), Step: -1}
	}
	return &oracle.Trace{Role: wsproto.Client, Events: []oracle.Event{
		event(oracle.EventSent, 0, wsproto.NewRequest("localhost", "/", key).AppendTo(nil)),
		event(oracle.EventReceived, 1, wsproto.NewResponse(key).AppendTo(nil)),
		event(oracle.EventSent, 2, wsproto.NewFrame(wsproto.OpPing, true, []byte("are you there?")).AppendTo(nil)),
		event(oracle.EventReceived, 3, wsproto.NewFrame(wsproto.OpPong, true, []byte("are you there?")).AppendTo(nil)),
		event(oracle.EventReceived, 4, wsproto.NewFrame(wsproto.OpClose, true, wsproto.AppendClose(nil, wsproto.CloseNormal, "")).AppendTo(nil)),
		event(oracle.EventReceivedEOF, 5, nil),
		event(oracle.EventSentEOF, 6, nil),
	}}
}

// judged runs the command with a file, and returns its exit code and output.
func judged(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var files [2]*os.File
	for i := range files {
		f, err := os.Create(filepath.Join(t.TempDir(), "output"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files[i] = f
	}
	code = run(append([]string{"judge"}, args...), files[0], files[1])
	var texts [2]string
	for i, f := range files {
		text, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(text)
	}
	return code, texts[0], texts[1]
}

// TestJudgeCapture judges both sides of a conversation in captures of both
// formats.
func TestJudgeCapture(t *testing.T) {
	packets := capturetest.Packets(capturedTrace(), capturetest.Options{Segment: 40})
	ng := capturetest.PCAPNG(binary.LittleEndian, capturetest.LinkEthernet, packets)
	for name, file := range map[string][]byte{
		"sample.pcap.gz": capturetest.Gzip(ng),
		"sample.pcap":    capturetest.PCAP(binary.LittleEndian, capturetest.LinkEthernet, packets),
		"sample.pcapng":  capturetest.PCAPNG(binary.BigEndian, capturetest.LinkSLL2, packets),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(path, file, 0o666); err != nil {
				t.Fatal(err)
			}
			code, stdout, stderr := judged(t, path)
			if code != exitFailed || stderr != "" {
				t.Errorf("exit code %d, %s", code, stderr)
			}
			for _, want := range []string{
				"✗ " + path + ", client 192.0.2.1:50000, server 192.0.2.2:80: the server: violation\n" +
					"  violation of rfc6455/5.1/server-closes-unmasked\n",
				"the client: violation\n  violation of rfc6455/5.1/client-masks\n",
				"  the conversation, in ms (→ the server, ← the client, ◄ what shows it)\n",
				"\n1 conversation, 2 broken\n",
			} {
				if !strings.Contains(stdout, want) {
					t.Errorf("%q is missing from\n%s", want, stdout)
				}
			}
		})
	}
}

// TestJudgeNoWebSocket has a capture without a request for an upgrade.
func TestJudgeNoWebSocket(t *testing.T) {
	trace := capturedTrace()
	trace.Events = slices.Delete(trace.Events, 0, 1)
	path := filepath.Join(t.TempDir(), "other.pcap")
	if err := os.WriteFile(path, capturetest.PCAP(binary.BigEndian, capturetest.LinkRaw, capturetest.Packets(trace, capturetest.Options{})), 0o666); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := judged(t, path)
	want := "wscheck: " + path + ": no connection in it asks for an upgrade to WebSocket: 15 packets, 15 of TCP, 1 connection\n"
	if code != exitUsage || stdout != "" || stderr != want {
		t.Errorf("exit code %d, %q, %q, want %q", code, stdout, stderr, want)
	}
}

// archive is the HAR of a connection whose server answers another key than the
// client's, and echoes something else.
const archive = `{"log": {"entries": [{"startedDateTime": "2026-01-02T03:04:05Z",
	"request": {"url": "ws://localhost/", "headers": [{"name": "Sec-WebSocket-Key", "value": "dGhlIHNhbXBsZSBub25jZQ=="}]},
	"response": {"status": 101, "headers": [{"name": "Sec-WebSocket-Accept", "value": "AAAAAAAAAAAAAAAAAAAAAAAAAAA="}]},
	"_webSocketMessages": [{"type": "send", "time": 1, "opcode": 1, "data": "hello"}, {"type": "receive", "time": 1.5, "opcode": 1, "data": "hullo"},
		{"type": "error", "time": 2, "opcode": -1, "data": "\u001b[31mInvalid frame header"}]}]}}`

// followed is what tshark prints of a connection over TLS, whose server masks.
func followed() []byte {
	var b bytes.Buffer
	b.WriteString("\n====\nFollow: tls,raw\nFilter: tcp.stream eq 3\nNode 0: 127.0.0.1:443\nNode 1: :0\n")
	for _, ev := range capturedTrace().Events {
		switch ev.Kind {
		case oracle.EventSent:
			fmt.Fprintf(&b, "\t%x\n", ev.Data)
		case oracle.EventReceived:
			fmt.Fprintf(&b, "%x\n", ev.Data)
		}
	}
	b.WriteString("====\n")
	return b.Bytes()
}

// TestJudgeOthers judges what does not consist of packets: a HAR, and what tshark decrypted.
func TestJudgeOthers(t *testing.T) {
	dir := t.TempDir()
	for name, file := range map[string][]byte{
		"page.har": []byte(archive), "page.har.gz": capturetest.Gzip([]byte(archive)), "stream.txt": followed(), "stream.txt.gz": capturetest.Gzip(followed()),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), file, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-q", "page.har"}, "✗ page.har, ws://localhost/: the server: violation (by the opening handshake and the messages: frames are not known)\n  violation of rfc6455/4.2.2/accept\n"},
		{[]string{"-q", "page.har.gz"}, "  the program that kept it reported: \"\\x1b[31mInvalid frame header\"\n"},
		{[]string{"-q", "--echo", "page.har"}, "violation of wscheck/echo-content\n"},
		{[]string{"-q", "stream.txt"}, "✗ stream.txt, tcp.stream eq 3: the client: violation\n  violation of rfc6455/5.1/client-masks\n"},
		{[]string{"-q", "stream.txt.gz"}, "\n1 conversation, 2 broken\n"},
	} {
		if code, stdout, stderr := judged(t, c.args...); code != exitFailed || stderr != "" || !strings.Contains(stdout, c.want) {
			t.Errorf("%v: exit code %d, %s, %q is missing from\n%s", c.args, code, stderr, c.want, stdout)
		}
	}
	for _, name := range []string{"page.har", "page.har.gz", "stream.txt", "stream.txt.gz"} {
		out, err := exec.CommandContext(t.Context(), "wscheck", "corpus", "import", "--out", "entries-"+name, name).CombinedOutput()
		if err != nil || string(out) != "2 files of 2 entries written to entries-"+name+"\n" {
			t.Errorf("%s: %v, %s", name, err, out)
		}
	}
}

// A capture becomes entries for both roles, and each role's are played again.
func TestReplayCapture(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "sample.pcapng")
	packets := capturetest.Packets(capturedTrace(), capturetest.Options{})
	if err := os.WriteFile(path, capturetest.PCAPNG(binary.LittleEndian, capturetest.LinkEthernet, packets), 0o666); err != nil {
		t.Fatal(err)
	}
	entries := filepath.Join(dir, "entries")
	server := "wscheck echo --listen 127.0.0.1:$PORT"
	for _, c := range []struct {
		code int
		want string
		args []string
	}{
		{exitOK, "2 files of 2 entries written to ", []string{"corpus", "import", "--out", entries, path}},
		{exitOK, "0 of 1 recording broken", []string{"replay", entries, "--run", server}},
		{exitOK, "sample.pcapng-1-server.ws: it tests a client, not a server: replay it with --listen", []string{"replay", entries, "--run", server}},
		{exitFailed, "breaks rfc6455/5.1/server-closes-unmasked", []string{"replay", entries, "--run", server + " --mutant accept-unmasked"}},
		{exitUsage, "sample.pcapng-1-server.ws: it tests a client", []string{"replay", filepath.Join(entries, "sample.pcapng-1-server.ws"), "--run", server}},
	} {
		cmd := exec.CommandContext(t.Context(), "wscheck", c.args...)
		out, err := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != c.code || !strings.Contains(string(out), c.want) {
			t.Errorf("%v: %v, exit code %d, want %d and %q\n%s", c.args, err, got, c.code, c.want, out)
		}
	}
}
