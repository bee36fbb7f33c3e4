package http2

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/h2frame"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Feed implements [engine.Stream].
func (s *stream) Feed(b []byte) {
	s.begin()
	if len(s.in) == 0 && len(s.ready) == 0 {
		s.in = s.read[:0]
	}
	s.in = append(s.in, b...)
	s.read = s.in
}

// rest returns what follows the first of a list, in the same memory where that is all.
func rest[E any](list []E) []E {
	if len(list) == 1 {
		clear(list)
		return list[:0]
	}
	return list[1:]
}

// Next implements [engine.Stream].
func (s *stream) Next() (engine.StreamInput, bool) {
	for len(s.ready) == 0 {
		if !s.take() {
			return engine.StreamInput{}, false
		}
	}
	if s.ready[0].End && s.ready[0].Err == nil {
		for s.take() { // what came with the end is noted before it
		}
	}
	in := s.ready[0]
	s.ready = rest(s.ready)
	return in, true
}

// fail ends the stream with an error.
func (s *stream) fail(err error) {
	if !s.over {
		s.over = true
		s.ready = append(s.ready, engine.StreamInput{End: true, Err: err})
	}
}

// take handles the next frame of what came, and reports false where none is complete.
func (s *stream) take() bool {
	if s.over && len(s.in) > maxAfter {
		s.in = nil
	}
	if !s.prefaced {
		n := min(len(s.in), len(h2frame.Preface))
		if string(s.in[:n]) != h2frame.Preface[:n] {
			s.in = nil
			s.fail(engine.Uncarried("the client does not speak HTTP/2: it does not begin with the connection preface"))
			return true
		}
		if n < len(h2frame.Preface) {
			return false
		}
		s.in, s.prefaced = s.in[n:], true
	}
	if !s.settled && len(s.in) >= h2frame.HeadSize && (s.in[3] > h2frame.Continuation || s.in[0] != 0) {
		begin := string(s.in[:min(len(s.in), 24)])
		s.in = nil
		if bytes.HasPrefix([]byte(begin), []byte("HTTP/1")) {
			s.fail(engine.Uncarried("it speaks HTTP/1.1 alone, and not HTTP/2: test it without --http2"))
		} else {
			s.fail(engine.Uncarried(fmt.Sprintf("it does not speak HTTP/2: what it sends begins with %+q", begin)))
		}
		return true
	}
	f, size := parseFrame(s.in)
	if s.current = f; size == 0 {
		if s.conduct != nil && f.Length > s.largest() {
			if !s.overlooks("frame-size") {
				s.put(goAwayFrame(s.id, errorSize), "")
				s.broken = true
			}
			s.in = nil
			return false
		}
		if f.Length > maxFrame {
			s.in = nil
			s.current.Length = 0 // nothing of it is kept
			s.noteFrame(oracle.EventFrameReceived, &s.current, "")
			s.fail(fmt.Errorf("a frame of %d octets, longer than SETTINGS_MAX_FRAME_SIZE", f.Length))
			return true
		}
		return false
	}
	s.handle(&s.current)
	s.in = s.in[min(size, len(s.in)):]
	return true
}

// Bounds of what is kept of the peer: the longest frame, and octets after the end.
const (
	maxFrame = 1 << 20
	maxAfter = 4 << 20
)

// handle acts on a frame of the peer's.
func (s *stream) handle(f *frame) {
	if s.broken || !s.checked(f) {
		return
	}
	if f.Type == h2frame.Headers || f.Type == h2frame.Continuation {
		s.handleBlock(f)
		return
	}
	s.noteFrame(oracle.EventFrameReceived, f, "")
	switch f.Type {
	case h2frame.Data:
		s.handleData(f)
	case h2frame.Reset:
		if f.Stream == s.id && s.id != 0 && len(f.Body) >= 4 && !s.over {
			s.fail(fmt.Errorf("RST_STREAM with %s", h2frame.ErrorName(binary.BigEndian.Uint32(f.Body))))
		}
	case h2frame.Settings:
		s.handleSettings(f)
	case h2frame.Ping:
		if f.Flags&h2frame.FlagAck == 0 && len(f.Body) == 8 {
			s.put(frame{Type: h2frame.Ping, Flags: h2frame.FlagAck, Body: bytes.Clone(f.Body)}, "")
		}
	case h2frame.GoAway:
		if len(f.Body) >= 8 {
			last, code := binary.BigEndian.Uint32(f.Body)&h2frame.MaxWindow, binary.BigEndian.Uint32(f.Body[4:])
			s.goAway = h2frame.ErrorName(code)
			if s.role == wsproto.Client && last < s.id || code != 0 { // a client's is of streams that we would open
				s.fail(fmt.Errorf("GOAWAY with %s", s.goAway))
			}
		}
	case h2frame.Window:
		if len(f.Body) >= 4 {
			n := int64(binary.BigEndian.Uint32(f.Body) & h2frame.MaxWindow)
			switch f.Stream {
			case 0:
				s.all = min(s.all+n, h2frame.MaxWindow)
			case s.id:
				s.window = min(s.window+n, h2frame.MaxWindow)
			}
		}
	}
}

func (s *stream) handleSettings(f *frame) {
	if f.Flags&h2frame.FlagAck != 0 {
		if s.role == wsproto.Client && s.settled && !s.enabled {
			s.fail(engine.Uncarried("it speaks HTTP/2 without extended CONNECT: its SETTINGS do not have SETTINGS_ENABLE_CONNECT_PROTOCOL"))
		}
		return
	}
	s.settled = true
	for _, set := range settingsOf(f.Body) {
		switch set.id {
		case h2frame.SettingWindow:
			if set.value <= h2frame.MaxWindow && !s.rigid() {
				s.window += int64(set.value) - s.initial
				s.initial = int64(set.value)
			}
		case h2frame.SettingConnect:
			s.enabled = s.enabled || set.value == 1
		case h2frame.SettingTable:
			if size := min(set.value, tableSize); s.role == wsproto.Client && size != s.coder.enc.MaxDynamicTableSize() {
				s.coder.enc.SetMaxDynamicTableSize(size)
			}
		}
	}
	s.put(frame{Type: h2frame.Settings, Flags: h2frame.FlagAck}, "")
}

func (s *stream) handleData(f *frame) {
	n := len(f.Body)
	s.whole -= int64(n)
	data := f.Body
	if f.Flags&h2frame.FlagPadded != 0 && n > 0 {
		data = data[1:max(1, n-int(data[0]))]
	}
	mine := f.Stream == s.id && s.id != 0 && !s.over
	if mine {
		s.granted -= int64(n)
		if len(data) > 0 {
			s.ready = append(s.ready, engine.StreamInput{Data: data})
		}
		if f.Flags&h2frame.FlagEnd != 0 && !s.overlooks("closed") {
			s.end()
		}
	}
	s.grant(mine && !s.over)
}

func (s *stream) end() {
	s.over = true
	s.ready = append(s.ready, engine.StreamInput{End: true})
}

// grant gives the peer's windows back what it has used, of large ones once that is
// half of them.
func (s *stream) grant(mine bool) {
	window := int64(largeWindow)
	if s.delivery.Window > 0 {
		window = int64(s.delivery.Window)
	}
	if used := window - s.granted; mine && used > 0 && (window < largeWindow || used > window/2) {
		s.put(windowFrame(s.id, uint32(used)), "")
		s.granted = window
	}
	if s.whole < h2frame.FirstWindow/2 || s.role == wsproto.Server && s.whole < largeWindow/2 {
		s.grantAll()
	}
}

// grantAll gives the peer's window of the connection more room.
func (s *stream) grantAll() {
	s.put(windowFrame(0, largeWindow), "")
	s.whole += largeWindow
}

// handleBlock acts on a frame of a field block, once that is whole.
func (s *stream) handleBlock(f *frame) {
	if f.Type == h2frame.Headers {
		s.opening, s.block, s.pending = *f, nil, nil
	}
	s.block = append(s.block, f.Fragment()...)
	ev := oracle.Event{Kind: oracle.EventFrameReceived, Data: f.AppendShown(nil)}
	if s.pending = append(s.pending, ev); len(s.block) > maxBlock || len(s.pending) > maxBlockFrames {
		s.notePending("")
		s.fail(fmt.Errorf("a field block of more than %d octets, or in very many frames", maxBlock))
		s.block = nil
		return
	}
	if f.Flags&h2frame.FlagHeaders == 0 {
		return
	}
	list, err := s.coder.decode(s.block)
	s.notePending(h2frame.Lines(list))
	if err != nil {
		s.fail(fmt.Errorf("a field block that is not compressed as RFC 7541 says: %w", err))
		return
	}
	s.handleList(list)
}

func (s *stream) notePending(tag string) {
	for i := range s.pending {
		if i == 0 {
			s.pending[i].Tag = tag
		}
		s.note(s.pending[i])
	}
	s.pending = nil
}

// handleList acts on a header list of the peer's.
func (s *stream) handleList(list wsproto.Fields) {
	id := s.opening.Stream
	if s.role == wsproto.Server && s.id == 0 {
		s.id = id
		if s.refuses(list) {
			return
		}
		s.listed(true)
		s.ready = append(s.ready, engine.StreamInput{Data: h2frame.HeadText(list, false)})
	} else if s.role == wsproto.Server && id > s.id {
		s.put(resetFrame(id, errorRefused), "")
		return
	} else if id != s.id || s.over {
		return
	} else if status, n := list.Get(":status"); s.role == wsproto.Client && (n > 0 || s.conduct != nil) {
		if s.refuses(list) {
			return
		}
		s.listed(!strings.HasPrefix(status, "1"))
		s.ready = append(s.ready, engine.StreamInput{Data: h2frame.HeadText(list, true)})
	}
	if s.opening.Flags&h2frame.FlagEnd != 0 {
		s.end()
	}
}
