package http2

import (
	"errors"
	"slices"

	"github.com/wscheck/wscheck/internal/h2frame"
	"github.com/wscheck/wscheck/wsproto"
)

// putFreely puts the header list of an endpoint under test.
func (s *stream) putFreely(list wsproto.Fields) {
	c := s.conduct
	if status, n := list.Get(":status"); n > 0 && status == "200" {
		list = having(":status", c.freedom.status)(list)
		if c.freedom.interim {
			block := s.coder.block(wsproto.Fields{{Name: ":status", Value: "103"}, {Name: "link", Value: "</>"}})
			s.put(frame{Type: h2frame.Headers, Flags: h2frame.FlagHeaders, Stream: s.id, Body: block}, "")
		}
	}
	if c.mutant != nil && c.mutant.list != nil {
		list = c.mutant.list(list)
	}
	block := s.coder.block(list)
	split := min(len(block), s.frames)
	if c.freedom.split > 0 {
		split = min(split, c.freedom.split)
	}
	f := frame{Type: h2frame.Headers, Stream: s.id}
	if pad := c.freedom.padHead; pad > 0 {
		f.Flags |= h2frame.FlagPadded
		f.Body = append(f.Body, byte(pad))
	}
	if c.freedom.priority {
		f.Flags |= h2frame.FlagOrder
		f.Body = append(f.Body, 0, 0, 0, 0, 15)
	}
	f.Body = append(f.Body, block[:split]...)
	f.Body = append(f.Body, make([]byte, c.freedom.padHead)...)
	for block = block[split:]; len(block) > 0; block = block[split:] {
		s.put(f, "")
		split = min(split, len(block))
		f = frame{Type: h2frame.Continuation, Stream: s.id, Body: block[:split]}
	}
	f.Flags |= h2frame.FlagHeaders
	s.put(f, "")
	if c.freedom.twice {
		s.put(settingsFrame(setting{h2frame.SettingListSize, 1 << 17}), "")
	}
}

// endFreely puts what an endpoint under test sends after END_STREAM.
func (s *stream) endFreely() {
	c := s.conduct
	if c.freedom.resetEnd && s.role == wsproto.Server {
		s.put(resetFrame(s.id, 0), "")
	}
	if c.freedom.goAway {
		s.put(goAwayFrame(s.id, 0), "")
	}
}

// largest is the longest frame that the endpoint has said it takes.
func (s *stream) largest() int {
	for _, set := range s.conduct.freedom.settings {
		if set.id == h2frame.SettingFrameSize {
			return int(set.value)
		}
	}
	return h2frame.FirstFrameSize
}

// checked checks a frame as an endpoint under test does, and reports whether the endpoint
// continues it.
func (s *stream) checked(f *frame) bool {
	c := s.conduct
	if c == nil {
		return true
	}
	if isAck(f, h2frame.Settings) {
		c.acked++
	}
	if c.mutant != nil && c.mutant.minds != nil && c.mutant.minds(f) {
		s.put(goAwayFrame(s.id, errorProtocol), "")
		s.broken = true
		return false
	}
	wrong := c.check(s, f)
	switch {
	case wrong.name == "":
		return true
	case s.overlooks(wrong.name):
		return false
	case wrong.stream:
		s.put(resetFrame(f.Stream, wrong.code), "")
		if f.Stream == s.id {
			c.ended, s.ended = true, true
			s.drop()
			s.fail(errFault)
		}
	default:
		s.put(goAwayFrame(s.id, wrong.code), "")
		s.broken = true
	}
	return false
}

// overlooks reports whether the stream is that of a mutant that does not mind.
func (s *stream) overlooks(fault string) bool {
	return s.conduct != nil && s.conduct.mutant != nil && slices.Contains(s.conduct.mutant.overlooks, fault)
}

// errFault ends the stream of an endpoint under test for what was wrong.
var errFault = errors.New("a frame is wrong")

// refuses has an endpoint under test look at a header list, and reports whether it
// refuses that.
func (s *stream) refuses(list wsproto.Fields) bool {
	if s.conduct == nil {
		return false
	}
	fault := ""
	if s.role == wsproto.Server {
		fault = checkRequest(list)
	} else {
		fault = checkResponse(list)
	}
	if fault == "" || s.overlooks(fault) {
		return false
	}
	if s.role == wsproto.Server && (fault == "protocol" || fault == "no-protocol") {
		s.put(frame{Type: h2frame.Headers, Flags: h2frame.FlagHeaders | h2frame.FlagEnd, Stream: s.id, Body: s.coder.block(wsproto.Fields{{Name: ":status", Value: "501"}})}, "")
	} else {
		s.put(resetFrame(s.id, errorProtocol), "")
	}
	s.ended = true
	s.fail(errFault)
	return true
}

// rigid reports whether the stream is that of a mutant that keeps the window it had.
func (s *stream) rigid() bool {
	return s.headed && s.conduct != nil && s.conduct.mutant != nil && s.conduct.mutant.rigid
}

// listed notes that the peer's header list has come, and is the last where so.
func (s *stream) listed(last bool) {
	if s.conduct != nil {
		s.conduct.listed = last
	}
}
