package http2

import (
	"math/rand/v2"
	"slices"
	"strings"

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
		f.settings = append(f.settings, setting{settingTable, uint32(rng.IntN(2) * 8192)})
	}
	if seldom() {
		f.settings = append(f.settings, setting{settingStreams, uint32(1 + rng.IntN(100))}, setting{settingListSize, 1 << 16})
	}
	if seldom() {
		f.settings = append(f.settings, setting{settingFrameSize, firstFrameSize + uint32(rng.IntN(1<<20))})
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
		return []frame{{kind: typePing, payload: []byte("wscheck?")}}
	case 1:
		return []frame{{kind: 0xbe, flags: byte(c.rng.Uint32()), stream: stream, payload: make([]byte, c.rng.IntN(20))}}
	case 2:
		return []frame{{kind: typePriority, stream: stream, payload: []byte{0, 0, 0, 0, 16}}}
	}
	return []frame{settingsFrame(setting{0x1234, 5})}
}

// verdict is what an endpoint does about a frame that is wrong.
type verdict struct {
	code       uint32
	connection bool
	stream     bool
}

// check returns what is wrong with a frame of the peer's: "" for nothing.
func (c *conduct) check(s *stream, f *frame) (fault string, v verdict) {
	connection := func(fault string, code uint32) (string, verdict) { return fault, verdict{code: code, connection: true} }
	block := c.block
	if f.kind == typeHeaders || f.kind == typeContinuation {
		c.block = f.stream
		if f.flags&flagHeaders != 0 {
			c.block = 0
		}
	}
	size := len(f.payload)
	switch {
	case size > firstFrameSize && s.largest() < size:
		return connection("frame-size", errorSize)
	case block != 0 && (f.kind != typeContinuation || f.stream != block):
		return connection("field-block", errorProtocol)
	case block == 0 && f.kind == typeContinuation:
		return connection("continuation", errorProtocol)
	case f.stream == 0 && (f.kind == typeData || f.kind == typeHeaders || f.kind == typePriority || f.kind == typeReset):
		return connection("stream-zero", errorProtocol)
	case f.stream != 0 && (f.kind == typeSettings || f.kind == typePing || f.kind == typeGoAway):
		return connection("connection-frame", errorProtocol)
	case f.kind == typePush && c.role == wsproto.Server:
		return connection("push", errorProtocol)
	}
	if f.kind == typeHeaders {
		c.top = max(c.top, f.stream)
	}
	idle := f.stream > max(s.id, c.top)
	switch f.kind {
	case typePing:
		if size != 8 {
			return connection("length", errorSize)
		}
	case typePriority:
		if size != 5 {
			return "length", verdict{code: errorSize, stream: true}
		}
	case typeReset:
		if size != 4 {
			return connection("length", errorSize)
		}
		if idle {
			return connection("idle", errorProtocol)
		}
		c.ended = c.ended || f.stream == s.id
	case typeGoAway:
		if size < 8 {
			return connection("length", errorSize)
		}
	case typeSettings:
		if size%6 != 0 || f.flags&flagAck != 0 && size > 0 {
			return connection("length", errorSize)
		}
		for _, set := range settingsOf(f.payload) {
			if set.id == settingPush && set.value > 1 || set.id == settingWindow && set.value > mostWindow ||
				set.id == settingFrameSize && (set.value < firstFrameSize || set.value >= 1<<24) {
				return connection("setting", errorProtocol)
			}
		}
	case typeWindow:
		if size != 4 {
			return connection("length", errorSize)
		}
		return c.checkWindow(s, f, idle)
	case typeHeaders:
		if c.role == wsproto.Server && f.stream%2 == 0 {
			return connection("stream-number", errorProtocol)
		}
		if c.listed && f.stream == s.id && f.flags&flagHeaders != 0 {
			return "tunnel", verdict{code: errorProtocol, stream: true}
		}
		return c.checkData(s, f, false)
	case typeData:
		return c.checkData(s, f, idle)
	}
	return "", verdict{}
}

func (c *conduct) checkData(s *stream, f *frame, idle bool) (string, verdict) {
	switch {
	case f.flags&flagPadded != 0 && (len(f.payload) == 0 || int(f.payload[0]) >= len(f.payload)):
		return "padding", verdict{code: errorProtocol, connection: true}
	case idle:
		return "idle", verdict{code: errorProtocol, connection: true}
	case f.stream == s.id && c.ended:
		return "closed", verdict{code: errorClosed, stream: true}
	case f.kind == typeData:
		n := int64(len(f.payload))
		if n > 0 && (s.granted < n || s.whole < n) && c.acked > 0 {
			return "window", verdict{code: errorFlow, connection: true}
		}
	}
	if f.stream == s.id && f.flags&flagEnd != 0 {
		c.ended = true
	}
	return "", verdict{}
}

func (c *conduct) checkWindow(s *stream, f *frame, idle bool) (string, verdict) {
	n := int64(f.payload[0]&0x7f)<<24 | int64(f.payload[1])<<16 | int64(f.payload[2])<<8 | int64(f.payload[3])
	switch {
	case idle:
		return "idle", verdict{code: errorProtocol, connection: true}
	case n == 0:
		return "increment", verdict{code: errorProtocol, connection: f.stream == 0, stream: f.stream != 0}
	case f.stream == 0 && s.all+n > mostWindow, f.stream != 0 && f.stream == s.id && s.window+n > mostWindow:
		return "overflow", verdict{code: errorFlow, connection: f.stream == 0, stream: f.stream != 0}
	}
	return "", verdict{}
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
