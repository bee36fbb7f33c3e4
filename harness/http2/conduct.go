package http2

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/h2frame"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// conduct is how an endpoint under test goes about HTTP/2: unlike our side in a
// conversation, it takes nothing that is wrong.
type conduct struct {
	role    wsproto.Role
	freedom freedom
	mutant  *mutant
	rng     *rand.Rand

	listed bool   // the peer's header list has come
	top    uint32 // the highest stream that was opened
	block  uint32 // the stream whose field block is not complete, 0 for none
	ended  bool   // by the peer, or reset
	acked  int    // SETTINGS of ours
	once   bool   // the fault of a mutant that shows it once
}

// freedom is what RFC 9113 and RFC 8441 leave open.
type freedom struct {
	delivery oracle.Delivery
	settings []setting // besides the usual ones
	twice    bool      // SETTINGS come once more in mid-stream
	noise    int       // one in so many frames has another before it that is to be ignored or answered; 0: none
	split    int       // octets of a field block in a frame; 0: all
	padHead  int       // octets of padding of a HEADERS frame
	priority bool      // HEADERS have a priority
	interim  bool      // a response 103 comes first
	status   string    // of a server that accepts
	resetEnd bool      // RST_STREAM with NO_ERROR follows END_STREAM
	goAway   bool      // GOAWAY with NO_ERROR comes before the end
}

func drawFreedom(seed uint64) freedom {
	if seed == 0 {
		return freedom{status: "200"}
	}
	rng := rand.New(rand.NewPCG(seed, 2))
	seldom := func() bool { return rng.IntN(4) == 0 }
	f := freedom{status: "200"}
	if seldom() {
		f.delivery.Data = 1 + rng.IntN(20)
	}
	if seldom() {
		f.delivery.Pad = 1 + rng.IntN(255)
	}
	if seldom() {
		f.delivery.Window = 1 + rng.IntN(300)
	}
	f.delivery.Empty = seldom()
	if seldom() {
		f.settings = append(f.settings, setting{0x2a2a, rng.Uint32()})
	}
	if seldom() {
		f.settings = append(f.settings, setting{h2frame.SettingTable, uint32(rng.IntN(2) * 8192)})
	}
	if seldom() {
		f.settings = append(f.settings, setting{h2frame.SettingStreams, uint32(1 + rng.IntN(100))}, setting{h2frame.SettingListSize, 1 << 16})
	}
	if seldom() {
		f.settings = append(f.settings, setting{h2frame.SettingFrameSize, h2frame.FirstFrameSize + uint32(rng.IntN(1<<20))})
	}
	f.twice = seldom()
	if seldom() {
		f.noise = 1 + rng.IntN(5)
	}
	if seldom() {
		f.split = 1 + rng.IntN(30)
	}
	if seldom() {
		f.padHead = rng.IntN(200)
	}
	f.priority, f.interim, f.resetEnd, f.goAway = seldom(), seldom(), seldom(), seldom()
	if seldom() {
		f.status = statusText(200 + rng.IntN(100))
	}
	return f
}

// noiseFrames are frames that a client has to ignore or to answer.
func (c *conduct) noiseFrames(stream uint32) []frame {
	if c.freedom.noise == 0 || c.rng.IntN(c.freedom.noise) != 0 {
		return nil
	}
	switch c.rng.IntN(4) {
	case 0:
		return []frame{{Type: h2frame.Ping, Body: []byte("wscheck?")}}
	case 1:
		return []frame{{Type: 0xbe, Flags: byte(c.rng.Uint32()), Stream: stream, Body: make([]byte, c.rng.IntN(20))}}
	case 2:
		return []frame{{Type: h2frame.Priority, Stream: stream, Body: []byte{0, 0, 0, 0, 16}}}
	}
	return []frame{settingsFrame(setting{0x1234, 5})}
}

// fault is what is wrong with a frame, and the code with which the stream ends, or else
// the connection. The zero value says that nothing is wrong.
type fault struct {
	name   string
	code   uint32
	stream bool
}

// check returns what is wrong with a frame of the peer's.
func (c *conduct) check(s *stream, f *frame) fault {
	block := c.block
	if f.Type == h2frame.Headers || f.Type == h2frame.Continuation {
		c.block = f.Stream
		if f.Flags&h2frame.FlagHeaders != 0 {
			c.block = 0
		}
	}
	size := len(f.Body)
	switch {
	case size > h2frame.FirstFrameSize && s.largest() < size:
		return fault{name: "frame-size", code: errorSize}
	case block != 0 && (f.Type != h2frame.Continuation || f.Stream != block):
		return fault{name: "field-block", code: errorProtocol}
	case block == 0 && f.Type == h2frame.Continuation:
		return fault{name: "continuation", code: errorProtocol}
	case f.Stream == 0 && (f.Type == h2frame.Data || f.Type == h2frame.Headers || f.Type == h2frame.Priority || f.Type == h2frame.Reset):
		return fault{name: "stream-zero", code: errorProtocol}
	case f.Stream != 0 && (f.Type == h2frame.Settings || f.Type == h2frame.Ping || f.Type == h2frame.GoAway):
		return fault{name: "connection-frame", code: errorProtocol}
	case f.Type == h2frame.Push && c.role == wsproto.Server:
		return fault{name: "push", code: errorProtocol}
	}
	if f.Type == h2frame.Headers {
		c.top = max(c.top, f.Stream)
	}
	idle := f.Stream > max(s.id, c.top)
	switch f.Type {
	case h2frame.Ping:
		if size != 8 {
			return fault{name: "length", code: errorSize}
		}
	case h2frame.Priority:
		if size != 5 {
			return fault{name: "length", code: errorSize, stream: true}
		}
	case h2frame.Reset:
		if size != 4 {
			return fault{name: "length", code: errorSize}
		}
		if idle {
			return fault{name: "idle", code: errorProtocol}
		}
		c.ended = c.ended || f.Stream == s.id
	case h2frame.GoAway:
		if size < 8 {
			return fault{name: "length", code: errorSize}
		}
	case h2frame.Settings:
		if size%6 != 0 || f.Flags&h2frame.FlagAck != 0 && size > 0 {
			return fault{name: "length", code: errorSize}
		}
		for _, set := range settingsOf(f.Body) {
			if set.id == h2frame.SettingPush && set.value > 1 || set.id == h2frame.SettingWindow && set.value > h2frame.MaxWindow ||
				set.id == h2frame.SettingFrameSize && (set.value < h2frame.FirstFrameSize || set.value >= 1<<24) {
				return fault{name: "setting", code: errorProtocol}
			}
		}
	case h2frame.Window:
		if size != 4 {
			return fault{name: "length", code: errorSize}
		}
		return c.checkWindow(s, f, idle)
	case h2frame.Headers:
		if c.role == wsproto.Server && f.Stream%2 == 0 {
			return fault{name: "stream-number", code: errorProtocol}
		}
		if c.listed && f.Stream == s.id && f.Flags&h2frame.FlagHeaders != 0 {
			return fault{name: "tunnel", code: errorProtocol, stream: true}
		}
		return c.checkData(s, f, false)
	case h2frame.Data:
		return c.checkData(s, f, idle)
	}
	return fault{}
}

func (c *conduct) checkData(s *stream, f *frame, idle bool) fault {
	switch {
	case f.Flags&h2frame.FlagPadded != 0 && (len(f.Body) == 0 || int(f.Body[0]) >= len(f.Body)):
		return fault{name: "padding", code: errorProtocol}
	case idle:
		return fault{name: "idle", code: errorProtocol}
	case f.Stream == s.id && c.ended:
		return fault{name: "closed", code: errorClosed, stream: true}
	case f.Type == h2frame.Data:
		n := int64(len(f.Body))
		if n > 0 && (s.granted < n || s.whole < n) && c.acked > 0 {
			return fault{name: "window", code: errorFlow}
		}
	}
	if f.Stream == s.id && f.Flags&h2frame.FlagEnd != 0 {
		c.ended = true
	}
	return fault{}
}

func (c *conduct) checkWindow(s *stream, f *frame, idle bool) fault {
	n := int64(binary.BigEndian.Uint32(f.Body) & h2frame.MaxWindow)
	switch {
	case idle:
		return fault{name: "idle", code: errorProtocol}
	case n == 0:
		return fault{name: "increment", code: errorProtocol, stream: f.Stream != 0}
	case f.Stream == 0 && s.all+n > h2frame.MaxWindow, f.Stream != 0 && f.Stream == s.id && s.window+n > h2frame.MaxWindow:
		return fault{name: "overflow", code: errorFlow, stream: f.Stream != 0}
	}
	return fault{}
}

// checkRequest returns what is wrong with the header list of an extended CONNECT, ""
// for nothing.
func checkRequest(list wsproto.Fields) string {
	seen := map[string]bool{}
	late := false
	for _, f := range list {
		if pseudo := strings.HasPrefix(f.Name, ":"); !pseudo {
			late = true
			if strings.ToLower(f.Name) != f.Name {
				return "upper-case"
			}
			if slices.Contains([]string{"connection", "upgrade", "keep-alive", "proxy-connection", "transfer-encoding"}, f.Name) ||
				f.Name == "te" && f.Value != "trailers" {
				return "connection-field"
			}
			continue
		}
		if late || seen[f.Name] || !slices.Contains([]string{":method", ":scheme", ":path", ":authority", ":protocol"}, f.Name) {
			return "pseudo"
		}
		seen[f.Name] = true
	}
	method, _ := list.Get(":method")
	protocol, _ := list.Get(":protocol")
	path, _ := list.Get(":path")
	switch {
	case method != "CONNECT":
		return "pseudo"
	case !seen[":protocol"]:
		return "no-protocol"
	case !seen[":scheme"] || path == "":
		return "scheme-path"
	case protocol != wsproto.WebSocketProtocol:
		return "protocol"
	}
	return ""
}

// checkResponse returns what is wrong with the header list of a response.
func checkResponse(list wsproto.Fields) string {
	seen := false
	for i, f := range list {
		switch {
		case strings.HasPrefix(f.Name, ":"):
			if f.Name != ":status" || seen || i > 0 {
				return "pseudo"
			}
			seen = true
		case strings.ToLower(f.Name) != f.Name:
			return "upper-case"
		}
	}
	if !seen {
		return "pseudo"
	}
	return ""
}
