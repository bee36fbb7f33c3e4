package http2

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/capture"
	"github.com/wscheck/wscheck/internal/capture/capturetest"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/convert"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/h2frame"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// tapped is a connection whose octets are kept, as a capture at the peer has them.
type tapped struct {
	net.Conn
	mu *sync.Mutex
	t  *oracle.Trace
}

func (c *tapped) keep(kind oracle.EventKind, b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t.Events = append(c.t.Events, oracle.Event{Kind: kind, Data: bytes.Clone(b), N: len(b), Step: -1})
}

func (c *tapped) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.keep(oracle.EventReceived, p[:n])
	return n, err
}

func (c *tapped) Write(p []byte) (int, error) {
	c.keep(oracle.EventSent, p)
	return c.Conn.Write(p)
}

func (c *tapped) Close() error {
	c.keep(oracle.EventSentEOF, nil)
	return c.Conn.Close()
}

// tappedTarget is [target] with the connection of a conversation kept in raw.
func tappedTarget(role wsproto.Role, o Options, ref reference.Options, raw *oracle.Trace) engine.Target {
	var mu sync.Mutex
	raw.Role = role
	tap := func(conn net.Conn) net.Conn { return &tapped{conn, &mu, raw} }
	if role == wsproto.Server {
		return engine.Server(func(conn net.Conn) {
			Serve(tap(conn), o, func(conn net.Conn) { _ = reference.ServeConn(conn, ref) })
		})
	}
	return engine.ClientFunc(func(ctx context.Context, dial engine.Dial, url string) error {
		conn, err := dial(ctx, "tcp", "")
		if err != nil {
			return err
		}
		return reference.Connect(Connect(tap(conn), o), url, ref)
	})
}

// readCapture returns the conversations of a capture of connections.
func readCapture(segment int, raw ...*oracle.Trace) ([]*capture.Conversation, capture.Summary, error) {
	var packets []capturetest.Packet
	for i, t := range raw {
		packets = append(packets, capturetest.Packets(t, capturetest.Options{Segment: segment, FirstSequence: uint32(i) << 20})...)
	}
	return capture.Read(bytes.NewReader(capturetest.PCAPNG(binary.LittleEndian, capturetest.LinkEthernet, packets)), capture.Limits{}, NewHeads)
}

// judgeSide judges the side that has a role.
func judgeSide(c *capture.Conversation, role wsproto.Role) oracle.Verdict {
	t := c.Trace
	if role == wsproto.Client {
		t = capture.Mirror(t)
	}
	v := oracle.JudgeTrace(t, oracle.Options{Captured: true})
	return v.Doubted(func(f *oracle.Finding) bool { return f.Basis == oracle.Quiet })
}

// TestCapturedCases plays cases with endpoints that conform, and takes the liberties of
// the RFCs: none is called wrong by what a capture has of the connection, which has the
// same octets of the stream as the engine saw.
func TestCapturedCases(t *testing.T) {
	for seed := range uint64(200) {
		role := wsproto.Role(seed % 2)
		cases := quick(role.Peer())
		cs := cases[int(seed*2654435761%uint64(len(cases)))]
		if cs.Beside > 0 {
			continue // raw would be of several connections
		}
		raw := new(oracle.Trace)
		ref := reference.Options{Freedom: reference.Freedoms(seed), Deflate: new(reference.Deflate)}
		config := &engine.Config{Carrier: Carrier, Select: []*catalogue.Case{cs}, Hang: time.Minute}
		r, err := engine.RunBubble(t, tappedTarget(role, Options{Seed: seed}, ref, raw), config)
		if err != nil {
			t.Fatal(err)
		}
		all, _, err := readCapture(1+int(seed*40503%2000), raw)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "packet ") {
				t.Errorf("seed %d, %s: %v", seed, cs.ID, err)
			}
			continue
		}
		for _, c := range all {
			if v := judgeSide(c, role); v.Outcome == oracle.Violation {
				t.Errorf("seed %d, %s, the %v: %v\n%s", seed, cs.ID, role, v.Findings, oracle.FormatTrace(c.Trace, nil))
			}
		}
		kind := oracle.EventReceived
		if role == wsproto.Client {
			kind = oracle.EventSent
		}
		if len(all) == 0 {
			if !cs.Script.Handshake.MayRefuse {
				t.Errorf("seed %d, %s: no conversation is captured", seed, cs.ID)
			}
			continue
		}
		ours := r.Agents[0].Results[0].Trace
		seen := octetsOf(ours, oracle.EventReceived)
		if captured := octetsOf(all[0].Trace, kind); !ours.Elided() && !bytes.HasPrefix(captured, seen) {
			t.Errorf("seed %d, %s: the %v sent %d octets, and captured are %d others", seed, cs.ID, role, len(seen), len(captured))
		}
	}
}

func octetsOf(t *oracle.Trace, kind oracle.EventKind) (b []byte) {
	for _, ev := range t.Events {
		if ev.Kind == kind {
			b = append(b, ev.Data...)
		}
	}
	return b
}

// TestCapturedMutants finds in captures what mutants send.
func TestCapturedMutants(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and other tests start the same goroutines")
	}
	const least = 40
	found := 0
	for _, m := range Mutants() {
		if bound := oracle.Lookup(m.Clause); strings.HasSuffix(string(bound.ID), "-refused") || strings.HasPrefix(m.Name, "accept-") || strings.HasPrefix(m.Name, "minds-") {
			continue // shown by what the other side sends, and seldom by the end of a stream
		}
		for _, role := range m.Roles {
			cases := slices.DeleteFunc(quick(role.Peer()), func(cs *catalogue.Case) bool { return !slices.Contains(cs.Clauses, m.Clause) })
			for _, cs := range cases {
				raw := new(oracle.Trace)
				ref := reference.Options{Freedom: reference.Freedom{Seed: 1}}
				if _, err := engine.RunBubble(t, tappedTarget(role, Options{Mutant: m.Name}, ref, raw), &engine.Config{Carrier: Carrier, Select: []*catalogue.Case{cs}}); err != nil {
					t.Fatal(err)
				}
				all, _, err := readCapture(0, raw)
				if err != nil || len(all) == 0 {
					continue
				}
				if v := judgeSide(all[0], role); slices.ContainsFunc(v.Findings, func(f oracle.Finding) bool { return f.Clause == m.Clause }) {
					found++
					t.Logf("%v/%s: %s", role, m.Name, m.Clause)
					break
				}
			}
		}
	}
	if found < least {
		t.Errorf("%d mutants are found, want at least %d", found, least)
	}
}

// shared is a connection that several streams share, as it goes over the network.
type shared struct {
	rng     *rand.Rand
	t       *oracle.Trace
	coders  [2]*coder
	waiting map[uint32][]func() // what each stream still does, in order
}

// put has a side send frames.
func (s *shared) put(from wsproto.Role, frames ...frame) {
	kind := oracle.EventSent
	if from == wsproto.Server {
		kind = oracle.EventReceived
	}
	b := octets(frames...)
	s.t.Events = append(s.t.Events, oracle.Event{Kind: kind, Data: b, N: len(b), Step: -1})
}

// list has a side send a header list, in so many frames.
func (s *shared) list(from wsproto.Role, id uint32, flags byte, list wsproto.Fields) {
	block := s.coders[from].block(list)
	var frames []frame
	f := frame{Type: h2frame.Headers, Flags: flags | h2frame.FlagPadded | h2frame.FlagOrder, Stream: id, Body: []byte{3, 0, 0, 0, 0, 7}}
	for n := range slices.Chunk(block, 1+s.rng.IntN(len(block))) {
		f.Body = append(f.Body, n...)
		if f.Type == h2frame.Headers {
			f.Body = append(f.Body, 0, 0, 0)
		}
		frames = append(frames, f)
		f = frame{Type: h2frame.Continuation, Stream: id}
	}
	frames[len(frames)-1].Flags |= h2frame.FlagHeaders
	s.put(from, frames...)
}

// data has a side send octets of a stream later, cut anywhere and padded.
func (s *shared) data(from wsproto.Role, id uint32, b []byte) {
	for piece := range slices.Chunk(b, 1+len(b)/50+s.rng.IntN(len(b))) {
		s.later(id, func() {
			f := frame{Type: h2frame.Data, Stream: id, Body: piece}
			if pad := s.rng.IntN(20); pad > 0 {
				f.Flags, f.Body = h2frame.FlagPadded, slices.Concat([]byte{byte(pad)}, piece, make([]byte, pad))
			}
			s.put(from, f)
			s.put(from.Peer(), windowFrame(0, uint32(len(f.Body))), windowFrame(id, uint32(len(f.Body))))
		})
	}
}

func (s *shared) later(id uint32, do func()) { s.waiting[id] = append(s.waiting[id], do) }

// play does what waits, the streams in turn at random.
func (s *shared) play() {
	for len(s.waiting) > 0 {
		ids := slices.Sorted(func(yield func(uint32) bool) {
			for id := range s.waiting {
				if !yield(id) {
					return
				}
			}
		})
		id := ids[s.rng.IntN(len(ids))]
		s.waiting[id][0]()
		if s.waiting[id] = s.waiting[id][1:]; len(s.waiting[id]) == 0 {
			delete(s.waiting, id)
		}
		if s.rng.IntN(5) == 0 {
			ping := frame{Type: h2frame.Ping, Body: fmt.Appendf(nil, "%08d", s.rng.IntN(1e8))}
			s.put(wsproto.Client, ping)
			ping.Flags = h2frame.FlagAck
			s.put(wsproto.Server, ping)
		}
	}
}

// newShared begins a connection.
func newShared(seed uint64) *shared {
	s := &shared{rng: rand.New(rand.NewPCG(seed, 3)), t: &oracle.Trace{Role: wsproto.Client}, coders: [2]*coder{newCoder(), newCoder()}, waiting: map[uint32][]func(){}}
	if seed%2 == 0 {
		s.put(wsproto.Server, settingsFrame(setting{h2frame.SettingConnect, 1}, setting{h2frame.SettingTable, 65536})) // before the client's preface
	}
	s.t.Events = append(s.t.Events, oracle.Event{Kind: oracle.EventSent, Data: []byte(h2frame.Preface), N: len(h2frame.Preface), Step: -1})
	s.put(wsproto.Client, settingsFrame(setting{h2frame.SettingTable, 65536}, setting{0x4a4a, 7}), windowFrame(0, 1<<30), frame{Type: 0x10, Body: make([]byte, 9)})
	if seed%2 == 1 {
		s.put(wsproto.Server, settingsFrame(setting{h2frame.SettingConnect, 1}, setting{h2frame.SettingTable, 65536}))
	}
	for _, c := range s.coders {
		c.enc.SetMaxDynamicTableSizeLimit(65536)
		c.enc.SetMaxDynamicTableSize(65536)
	}
	s.put(wsproto.Client, frame{Type: h2frame.Settings, Flags: h2frame.FlagAck})
	s.put(wsproto.Server, frame{Type: h2frame.Settings, Flags: h2frame.FlagAck})
	return s
}

// websocket opens a WebSocket on a stream and sends messages both ways. With a fault, the
// server masks one of its own.
func (s *shared) websocket(id uint32, fault bool) {
	request := wsproto.Fields{{Name: ":method", Value: "CONNECT"}, {Name: ":protocol", Value: "websocket"}, {Name: ":scheme", Value: "http"},
		{Name: ":path", Value: fmt.Sprintf("/%d", id)}, {Name: ":authority", Value: "example.test"}, {Name: "sec-websocket-version", Value: "13"}}
	s.later(id, func() { s.list(wsproto.Client, id, 0, request) })
	s.later(id, func() { s.list(wsproto.Server, id, 0, wsproto.Fields{{Name: ":status", Value: "200"}}) })
	for range 3 {
		f := wsproto.NewFrame(wsproto.OpBinary, true, make([]byte, s.rng.IntN(300)))
		f.Masked = true
		binary.BigEndian.PutUint32(f.Mask[:], s.rng.Uint32())
		s.data(wsproto.Client, id, f.AppendTo(nil))
		f.Masked = fault
		s.data(wsproto.Server, id, f.AppendTo(nil))
	}
	bye := wsproto.NewFrame(wsproto.OpClose, true, []byte{3, 232})
	if !fault {
		s.data(wsproto.Server, id, bye.AppendTo(nil))
		bye.Masked, bye.Mask = true, [4]byte{1, 2, byte(id), 4}
		s.data(wsproto.Client, id, bye.AppendTo(nil))
	}
	s.later(id, func() { s.put(wsproto.Server, frame{Type: h2frame.Data, Flags: h2frame.FlagEnd, Stream: id}) })
	s.later(id, func() { s.put(wsproto.Client, frame{Type: h2frame.Data, Flags: h2frame.FlagEnd, Stream: id}) })
}

// request has an ordinary request on a stream.
func (s *shared) request(id uint32) {
	s.later(id, func() {
		s.list(wsproto.Client, id, h2frame.FlagEnd, wsproto.Fields{{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "http"}, {Name: ":path", Value: "/"}, {Name: ":authority", Value: "example.test"}})
	})
	s.later(id, func() { s.list(wsproto.Server, id, 0, wsproto.Fields{{Name: ":status", Value: "200"}}) })
	s.data(wsproto.Server, id, make([]byte, 20_000))
	s.later(id, func() { s.put(wsproto.Server, frame{Type: h2frame.Data, Flags: h2frame.FlagEnd, Stream: id}) })
}

// TestCapturedStreams reads connections that WebSockets and ordinary requests share. Each
// WebSocket is judged by itself.
func TestCapturedStreams(t *testing.T) {
	for seed := range uint64(20) {
		s := newShared(seed)
		const streams = 12
		broken := map[uint32]bool{}
		id := uint32(1)
		for range streams {
			broken[id] = s.rng.IntN(4) == 0
			s.websocket(id, broken[id])
			s.request(id + 2)
			id += 4
		}
		s.play()
		all, seen, err := readCapture(1+s.rng.IntN(1500), s.t)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) != streams || seen.HTTP2 != 1 {
			t.Fatalf("seed %d: %d conversations, %+v", seed, len(all), seen)
		}
		for _, c := range all {
			for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
				v := judgeSide(c, role)
				if want := broken[c.Stream] && role == wsproto.Server; (v.Outcome == oracle.Violation) != want {
					t.Errorf("seed %d, %v, the %v: %v\n%s", seed, c, role, v, oracle.FormatTrace(c.Trace, nil))
				}
			}
		}
	}
}

// TestCapturedFaults names the packet with which a connection cannot be read any more, and
// has the judge know of octets that are missing.
func TestCapturedFaults(t *testing.T) {
	begin := func() *shared {
		s := newShared(1)
		s.websocket(1, true)
		s.play()
		return s
	}
	for name, wrong := range map[string]frame{
		"not compressed as RFC 7541 says": {Type: h2frame.Headers, Flags: h2frame.FlagHeaders, Stream: 5, Body: []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
		"more than 1048576 octets":        {Type: h2frame.Headers, Stream: 5, Body: make([]byte, 1<<20+1)},
	} {
		s := begin()
		s.put(wsproto.Client, wrong)
		s.put(wsproto.Client, frame{Type: h2frame.Ping, Body: make([]byte, 8)})
		_, _, err := readCapture(1<<16-100, s.t)
		var format *capture.FormatError
		if !errors.As(err, &format) || format.Packet == 0 || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "the client 192.0.2.1:50000, stream 5") {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := begin()
	packets := capturetest.Packets(s.t, capturetest.Options{Segment: 100})
	for i := range packets {
		less := slices.Delete(slices.Clone(packets), i, i+1)
		all, _, err := capture.Read(bytes.NewReader(capturetest.PCAP(binary.BigEndian, capturetest.LinkRaw, less)), capture.Limits{}, NewHeads)
		if err != nil {
			t.Fatalf("without packet %d: %v", i+1, err)
		}
		for _, c := range all {
			if v := judgeSide(c, wsproto.Client); v.Outcome == oracle.Violation {
				t.Errorf("without packet %d: %v", i+1, v)
			}
		}
	}
	file := capturetest.PCAP(binary.BigEndian, capturetest.LinkRaw, packets)
	if _, _, err := capture.Read(bytes.NewReader(file), capture.Limits{Octets: 2000}, NewHeads); !errors.Is(err, capture.ErrTooMuch) {
		t.Errorf("a limit of 2,000 octets: %v", err)
	}
	if all, seen, err := capture.Read(bytes.NewReader(file), capture.Limits{}, nil); len(all) > 0 || err != nil || !strings.Contains(seen.String(), "(1 of HTTP/2") {
		t.Errorf("without HTTP/2: %d conversations, %v, %v", len(all), seen, err)
	}
}

// TestCapturedEntries makes entries of a capture: what either side sent, in a handshake
// that both versions of HTTP have.
func TestCapturedEntries(t *testing.T) {
	raw := new(oracle.Trace)
	ref := reference.Options{Deflate: new(reference.Deflate), Freedom: reference.Freedom{Seed: 1}}
	config := &engine.Config{Carrier: Carrier, Cases: []string{"autobahn/1.1.2"}, Subprotocols: []string{"chat"}, Path: "/room"}
	if _, err := engine.RunBubble(t, tappedTarget(wsproto.Server, Options{}, ref, raw), config); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "capture.pcap")
	packets := capturetest.Packets(raw, capturetest.Options{})
	if err := os.WriteFile(file, capturetest.PCAP(binary.LittleEndian, capturetest.LinkEthernet, packets), 0o600); err != nil {
		t.Fatal(err)
	}
	entries, err := convert.Read(file, convert.Options{Heads: NewHeads})
	if err != nil || len(entries) != 2 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	for i, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
		s := entries[i].Script
		texts := slices.ContainsFunc(s.Steps, func(s oracle.Step) bool {
			return s.Kind == oracle.StepFrame && s.Frame.Opcode == wsproto.OpText && s.Payload.Len == 125
		})
		if s.Role != role || s.Uncarried(oracle.HTTP1) != "" || s.Uncarried(oracle.HTTP2) != "" || !texts {
			t.Errorf("the %v's entry:\n%s", role, entries[i].Format())
		}
	}
	if h := entries[0].Script.Handshake; h.Target != "/room" || !slices.Equal(h.Subprotocols, []string{"chat"}) {
		t.Errorf("the handshake is %+v", h)
	}
}
