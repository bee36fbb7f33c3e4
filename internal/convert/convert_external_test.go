package convert_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/internal/capture/capturetest"
	"github.com/wscheck/wscheck/internal/convert"
	"github.com/wscheck/wscheck/internal/gofuzz"
	"github.com/wscheck/wscheck/internal/raw"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

const (
	key     = "dGhlIHNhbXBsZSBub25jZQ=="
	request = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " + key + "\r\nSec-WebSocket-Version: 13\r\n\r\n"
)

func TestOctets(t *testing.T) {
	for name, c := range map[string]struct {
		octets string
		o      convert.Options
		role   wsproto.Role
		rule   oracle.ClauseID
	}{
		"no upgrade":    {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", convert.Options{}, wsproto.Client, "rfc6455/4.2.1/upgrade"},
		"old HTTP":      {strings.Replace(request, "1.1", "1.0", 1), convert.Options{}, wsproto.Client, "rfc6455/4.2.1/http-version"},
		"bad frame":     {request + "\x83\x80abcd", convert.Options{}, wsproto.Client, "rfc6455/5.2/opcode-fail"},
		"all is well":   {request + "\x81\x80abcd", convert.Options{}, wsproto.Client, "wscheck/peer-died"},
		"refusal":       {"HTTP/1.1 400 Bad\r\n\r\n", convert.Options{}, wsproto.Server, "rfc6455/4.1/validate-response"},
		"named role":    {"HTTP/1.1 x", convert.Options{Role: "client"}, wsproto.Client, "rfc6455/4.2.1/upgrade"},
		"frames":        {"\x8b\x00", convert.Options{Role: "server", As: convert.AsFrames}, wsproto.Server, "rfc6455/5.2/opcode-fail"},
		"program":       {"", convert.Options{As: convert.AsProgram}, wsproto.Client, "wscheck/peer-died"},
		"bad UTF-8":     {"\x81\x01\xff", convert.Options{Role: "server", As: convert.AsFrames}, wsproto.Server, "rfc6455/8.1/utf8-fail"},
		"neither side":  {"", convert.Options{}, wsproto.Client, "rfc6455/4.2.1/upgrade"},
		"half a header": {request + "\x81", convert.Options{}, wsproto.Client, "wscheck/peer-died"},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := convert.Octets("../a b\x00", []byte(c.octets), c.o)
			if err != nil {
				t.Fatal(err)
			}
			if e.Name != "_a_b_" || e.Role != c.role || !slices.Contains(e.Rules, c.rule) {
				t.Errorf("got %q as %v about %v, want %v about %s", e.Name, e.Role, e.Rules, c.role, c.rule)
			}
			if again, err := corpus.Parse("x", e.Format()); err != nil || again.ID() != e.ID() {
				t.Errorf("%v from\n%s", err, e.Format())
			}
		})
	}
	for _, o := range []convert.Options{{Role: "proxy"}, {As: "frame"}} {
		if _, err := convert.Octets("", nil, o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}

// put writes a file into a folder for a test.
func put(t *testing.T, dir, name string, octets []byte) string {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, octets, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// names are those of entries, with the roles.
func names(entries []*corpus.Entry) (names []string) {
	for _, e := range entries {
		names = append(names, e.Name+" "+e.Role.String())
	}
	return names
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	entry, err := convert.Octets("e", []byte(request+"\x83\x80abcd"), convert.Options{})
	if err != nil {
		t.Fatal(err)
	}
	both, err := convert.Octets("f", []byte("\x83\x00"), convert.Options{Role: "server", As: convert.AsFrames})
	if err != nil {
		t.Fatal(err)
	}
	export := func(to convert.Format) []byte {
		files, skipped, err := convert.Export([]*corpus.Entry{entry, both}, to, "")
		if err != nil || len(files) != 1 || len(skipped) != map[convert.Format]int{convert.JSON: 0}[to] {
			t.Fatalf("%s: %d files, %v, %v", to, len(files), skipped, err)
		}
		return files[0].Octets
	}
	conversation := &oracle.Trace{Role: wsproto.Client, Events: []oracle.Event{
		{Kind: oracle.EventSent, Data: []byte(request), N: len(request)},
		{Kind: oracle.EventReceived, Data: wsproto.NewResponse(key).AppendTo(nil), At: time.Millisecond},
		{Kind: oracle.EventReceivedEOF},
	}}
	put(t, dir, "folder/a/b", []byte("GET"))
	put(t, dir, "folder/A_b", gofuzz.Format([]byte("HTTP/1.1 200")))
	put(t, dir, "corpus/x.ws", entry.Format())
	put(t, dir, "corpus/README", []byte("not an entry"))
	for _, c := range []struct {
		path string
		want []string
	}{
		{put(t, dir, "raw", []byte("HTTP/1.1")), []string{"raw server"}},
		{put(t, dir, "seed", gofuzz.Format([]byte("GET"))), []string{"seed client"}},
		{put(t, dir, "empty", nil), []string{"empty client"}},
		{put(t, dir, "e.ws", entry.Format()), []string{"e client"}},
		{put(t, dir, "seeds.zip", export(convert.SeedZip)), []string{"e client", "f server"}},
		{put(t, dir, "v.json", export(convert.JSON)), []string{"e client", "f server"}},
		{put(t, dir, "c.pcapng", capturetest.PCAPNG(binary.LittleEndian, capturetest.LinkEthernet, capturetest.Packets(conversation, capturetest.Options{}))),
			[]string{"c.pcapng-1-client client", "c.pcapng-1-server server"}},
		{filepath.Join(dir, "folder"), []string{"A_b server", "a_b-2 client"}},
		{filepath.Join(dir, "corpus"), []string{"x client"}},
	} {
		t.Run(filepath.Base(c.path), func(t *testing.T) {
			entries, err := convert.Read(c.path, convert.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := names(entries); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			for _, e := range entries {
				if e.Origin != "imported from "+filepath.Base(c.path) && !strings.HasSuffix(c.path, ".ws") && e.Name != "x" {
					t.Errorf("%s comes from %q", e.Name, e.Origin)
				}
			}
		})
	}
}

func TestReadErrors(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ path, want string }{
		{filepath.Join(dir, "none"), "no such file"},
		{put(t, dir, "bad.ws", []byte("version: 7\n")), `bad.ws:1:10: version "7"`},
		{put(t, dir, "bad.json", []byte("{")), "bad.json: the file is cut short"},
		{put(t, dir, "bad.zip", []byte("PK\x03\x04...")), "bad.zip: no zip file"},
		{put(t, dir, "bad.pcap", []byte("\xd4\xc3\xb2\xa1")), "bad.pcap: octet 0: the file is cut short"},
		{put(t, dir, "bad", []byte("go test fuzz v1\n[]byte(\"\n")), "bad: bad: line 2"},
		{filepath.Dir(put(t, dir, "nothing/.hidden", nil)), "nothing: nothing in it can be made an entry"},
	} {
		t.Run(filepath.Base(c.path), func(t *testing.T) {
			entries, err := convert.Read(c.path, convert.Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) || entries != nil {
				t.Errorf("%d entries, %v, want %q", len(entries), err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("the error has more than one line: %v", err)
			}
		})
	}
}

func TestExport(t *testing.T) {
	entry, err := convert.Octets("e", []byte(request+"\x81\x80abcd"), convert.Options{})
	if err != nil {
		t.Fatal(err)
	}
	data := *entry
	data.Name = "data"
	data.Script = &oracle.Script{Steps: []oracle.Step{{Kind: oracle.StepMessage, Payload: oracle.Payload{Source: "json", Len: 5}}}}
	files, skipped, err := convert.Export([]*corpus.Entry{entry, &data}, convert.GoFuzz, convert.AsStream)
	if err != nil || len(files) != 1 || len(skipped) != 1 || skipped[0].Name != "data" {
		t.Fatalf("%d files, %v, %v", len(files), skipped, err)
	}
	if got, err := gofuzz.Parse(files[0].Octets); err != nil || string(got) != request+"\x81\x80abcd" {
		t.Errorf("got %q, %v", got, err)
	}
	if files, _, err := convert.Export([]*corpus.Entry{entry}, convert.Raw, convert.AsProgram); err != nil || len(files[0].Octets) == 0 {
		t.Errorf("as a program: %v, %v", files, err)
	}
	if _, skipped, err := convert.Export([]*corpus.Entry{entry, entry}, convert.JSON, ""); err != nil || len(skipped) != 1 {
		t.Errorf("the same vector twice: %v, %v", skipped, err)
	}
	if _, _, err := convert.Export(nil, "tar", ""); err == nil {
		t.Error("an unknown format is accepted")
	}
}

// TestWriteAll has a folder stay as it was where one file cannot be written.
func TestWriteAll(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	files := []raw.File{{Name: "a", Octets: []byte("1")}, {Name: "b", Octets: []byte("2")}}
	if n, err := convert.WriteAll(dir, files, false); err != nil || n != 2 {
		t.Fatalf("%d written, %v", n, err)
	}
	files[0].Octets = []byte("other")
	more := append(files, raw.File{Name: "c", Octets: []byte("3")})
	for _, bad := range [][]raw.File{more, {{Name: "c"}, {Name: "../d"}}, {{Name: "c"}, {Name: ""}}} {
		if n, err := convert.WriteAll(dir, bad, false); err == nil || n != 0 {
			t.Errorf("%d written, %v", n, err)
		}
	}
	there, err := os.ReadDir(dir)
	if err != nil || len(there) != 2 {
		t.Errorf("the folder holds %v, %v", there, err)
	}
	if n, err := convert.WriteAll(dir, more, true); err != nil || n != 2 { // b is there as it is
		t.Errorf("%d written, %v", n, err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "a")); err != nil || string(got) != "other" {
		t.Errorf("got %q, %v", got, err)
	}
}
