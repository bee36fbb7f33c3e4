package http2

import (
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/h2frame"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Mutant is an endpoint that breaks one clause about HTTP/2.
type Mutant struct {
	Name   string          // for [Options.Mutant]
	Clause oracle.ClauseID // that it breaks
	Roles  []wsproto.Role  // in which it does
	Text   string          // what it does, in one line
}

// mutant is a Mutant and what it takes.
type mutant struct {
	Mutant

	overlooks []string                                     // what it does not mind: see conduct.check
	list      func(list wsproto.Fields) wsproto.Fields     // distorts its header list
	put       func(s *stream, f frame, next func(f frame)) // stands before each frame that it sends
	minds     func(f *frame) bool                          // what is right and it takes for wrong
	greedy    bool                                         // it minds no window
	rigid     bool                                         // it takes no window in mid-stream
	once      bool                                         // put is called until it has changed something
}

// mutants are all, by name.
var mutants = func() map[string]*mutant {
	byName := map[string]*mutant{}
	for i := range mutantTable {
		byName[mutantTable[i].Name] = &mutantTable[i]
	}
	return byName
}()

// Mutants returns every mutant.
func Mutants() (all []Mutant) {
	for i := range mutantTable {
		all = append(all, mutantTable[i].Mutant)
	}
	return all
}

var (
	both   = []wsproto.Role{wsproto.Server, wsproto.Client}
	server = []wsproto.Role{wsproto.Server}
	client = []wsproto.Role{wsproto.Client}
)

// overlooking is a mutant that continues where it has to act.
func overlooking(name string, clause oracle.ClauseID, roles []wsproto.Role, text string) mutant {
	return mutant{Mutant: Mutant{Name: "accept-" + name, Clause: clause, Roles: roles, Text: text}, overlooks: []string{name}}
}

// adding is a mutant that sends a frame that is wrong before its first DATA frame.
func adding(name, text string, roles []wsproto.Role, f frame) mutant {
	return mutant{
		Mutant: Mutant{Name: name, Clause: "rfc9113/6/frames", Roles: roles, Text: text}, once: true,
		put: func(s *stream, own frame, next func(frame)) {
			if own.Type == h2frame.Data {
				s.conduct.once = true
				next(f)
			}
			next(own)
		},
	}
}

// minding is a mutant that refuses what is right.
func minding(name string, clause oracle.ClauseID, roles []wsproto.Role, text string, minds func(*frame) bool) mutant {
	return mutant{Mutant: Mutant{Name: "minds-" + name, Clause: clause, Roles: roles, Text: text}, minds: minds}
}

// listing is a mutant that sends a header list that is wrong.
func listing(name string, clause oracle.ClauseID, roles []wsproto.Role, text string, list func(wsproto.Fields) wsproto.Fields) mutant {
	return mutant{Mutant: Mutant{Name: name, Clause: clause, Roles: roles, Text: text}, list: list}
}

// without leaves a field out of a list.
func without(name string) func(wsproto.Fields) wsproto.Fields {
	return func(list wsproto.Fields) wsproto.Fields {
		return slices.DeleteFunc(list, func(f wsproto.Field) bool { return f.Name == name })
	}
}

// with adds a field to a list.
func with(name, value string) func(wsproto.Fields) wsproto.Fields {
	return func(list wsproto.Fields) wsproto.Fields { return append(list, wsproto.Field{Name: name, Value: value}) }
}

// having gives a field another value.
func having(name, value string) func(wsproto.Fields) wsproto.Fields {
	return func(list wsproto.Fields) wsproto.Fields {
		for i := range list {
			if list[i].Name == name {
				list[i].Value = value
			}
		}
		return list
	}
}

func isAck(f *frame, kind byte) bool { return f.Type == kind && f.Flags&h2frame.FlagAck != 0 }

var mutantTable = []mutant{
	{
		Mutant: Mutant{"connect-value", "rfc8441/3/value", server, "announces extended CONNECT with the value 2 as well"}, once: true,
		put: func(s *stream, f frame, next func(frame)) {
			if f.Type == h2frame.Settings && f.Flags == 0 {
				s.conduct.once = true
				f.Body = append(settingsFrame(setting{h2frame.SettingConnect, 2}).Body, f.Body...)
			}
			next(f)
		},
	},
	{
		Mutant: Mutant{"connect-back", "rfc8441/3/kept", server, "takes the announcement of extended CONNECT back"}, once: true,
		put: func(s *stream, f frame, next func(frame)) {
			if f.Type == h2frame.Data {
				s.conduct.once = true
				next(settingsFrame(setting{h2frame.SettingConnect, 0}))
			}
			next(f)
		},
	},
	listing("no-scheme", "rfc8441/4/scheme-path", client, "sends no :scheme", without(":scheme")),
	listing("no-path", "rfc8441/4/scheme-path", client, "sends no :path", without(":path")),
	overlooking("scheme-path", "rfc8441/4/scheme-path-refused", server, "takes a request without :scheme or :path"),
	listing("protocol-other", "rfc8441/5/protocol", client, "sends another :protocol", having(":protocol", "chat")),
	overlooking("protocol", "rfc8441/5/protocol-refused", server, "takes a :protocol that it does not know"),
	listing("send-upgrade", "rfc8441/5/no-upgrade", client, "sends an Upgrade field", with("upgrade", "websocket")),
	listing("send-connection", "rfc8441/5/no-upgrade", client, "sends a Connection field", with("connection", "upgrade")),
	listing("send-key", "rfc8441/5/no-key", client, "sends a Sec-WebSocket-Key field", with("sec-websocket-key", bridgeKey)),
	listing("send-accept", "rfc8441/5/no-key", server, "sends a Sec-WebSocket-Accept field", with("sec-websocket-accept", wsproto.AcceptKey(bridgeKey))),
	listing("status-101", "rfc8441/5/status", server, "accepts with status 101", having(":status", "101")),
	{
		Mutant: Mutant{"reset-end", "rfc8441/5/end-stream", server, "resets the stream where it has to end it"},
		put: func(s *stream, f frame, next func(frame)) {
			if f.Type == h2frame.Data && f.Flags&h2frame.FlagEnd != 0 {
				f = resetFrame(f.Stream, errorCancel)
			}
			next(f)
		},
	},
	{
		Mutant: Mutant{"settings-second", "rfc9113/3.4/settings-first", both, "begins with PING"}, once: true,
		put: func(s *stream, f frame, next func(frame)) {
			s.conduct.once = true
			next(frame{Type: h2frame.Ping, Body: []byte("too soon")})
			next(f)
		},
	},
	{
		Mutant: Mutant{"mind-type", "rfc9113/4.1/unknown-type", both, "ends the connection on a type of frame that it does not know"},
		minds:  func(f *frame) bool { return f.Type > h2frame.Continuation },
	},
	{
		Mutant: Mutant{"mind-setting", "rfc9113/6.5.2/unknown-setting", both, "ends the connection on a setting that it does not know"},
		minds: func(f *frame) bool {
			return f.Type == h2frame.Settings && slices.ContainsFunc(settingsOf(f.Body), func(s setting) bool { return s.id == 0 || s.id > h2frame.SettingConnect })
		},
	},
	overlooking("frame-size", "rfc9113/4.2/frame-size", server, "takes a frame that is too long"),
	overlooking("length", "rfc9113/4.2/length", both, "takes a frame with a length that its type does not have"),
	overlooking("idle", "rfc9113/5.1/idle", both, "takes a frame of a stream that is idle"),
	overlooking("closed", "rfc9113/5.1/closed", server, "takes DATA after END_STREAM"),
	overlooking("stream-number", "rfc9113/5.1.1/stream-number", server, "takes a stream with an even number"),
	overlooking("stream-zero", "rfc9113/6/stream-zero", both, "takes DATA of stream 0"),
	overlooking("connection-frame", "rfc9113/6/connection-frame", both, "takes PING of a stream"),
	overlooking("padding", "rfc9113/6.1/padding", both, "takes too much padding"),
	overlooking("field-block", "rfc9113/6.2/field-block", both, "takes other frames within a field block"),
	overlooking("setting", "rfc9113/6.5.2/setting", both, "takes settings with any value"),
	overlooking("increment", "rfc9113/6.9/increment", both, "takes a WINDOW_UPDATE of 0"),
	overlooking("overflow", "rfc9113/6.9.1/overflow", both, "takes a window of any size"),
	overlooking("continuation", "rfc9113/6.10/continuation", both, "takes CONTINUATION on its own"),
	overlooking("upper-case", "rfc9113/8.2.1/field-refused", server, "takes the name of a field in upper case"),
	overlooking("connection-field", "rfc9113/8.2.2/connection-refused", server, "takes a field of the connection"),
	overlooking("pseudo", "rfc9113/8.3/pseudo-refused", server, "takes pseudo-header fields as they come"),
	overlooking("push", "rfc9113/8.4/push", server, "takes PUSH_PROMISE of a client"),
	adding("reset-zero", "resets stream 0", both, resetFrame(0, errorCancel)),
	adding("update-zero", "sends a WINDOW_UPDATE of 0", both, windowFrame(0, 0)),
	adding("ping-short", "sends a PING of 7 octets", both, frame{Type: h2frame.Ping, Body: make([]byte, 7)}),
	adding("settings-stream", "sends SETTINGS of a stream", both, frame{Type: h2frame.Settings, Stream: 1}),
	adding("settings-long", "acknowledges SETTINGS with a payload", both, frame{Type: h2frame.Settings, Flags: h2frame.FlagAck, Body: make([]byte, 6)}),
	adding("setting-huge", "sends a window of 2^31 octets", both, settingsFrame(setting{h2frame.SettingWindow, 1 << 31})),
	adding("continue-alone", "sends CONTINUATION where no field block is open", both, frame{Type: h2frame.Continuation, Flags: h2frame.FlagHeaders, Stream: 1}),
	adding("pad-all", "sends DATA that is more padding than there is", both, frame{Type: h2frame.Data, Flags: h2frame.FlagPadded, Stream: 1, Body: []byte{9}}),
	{
		Mutant: Mutant{"data-after-end", "rfc9113/6/frames", server, "sends DATA after END_STREAM"},
		put: func(s *stream, f frame, next func(frame)) {
			next(f)
			if f.Type == h2frame.Data && f.Flags&h2frame.FlagEnd != 0 {
				next(frame{Type: h2frame.Data, Stream: f.Stream, Body: []byte("late")})
			}
		},
	},
	{
		Mutant: Mutant{"no-settings-ack", "rfc9113/6.5.3/settings-ack", both, "does not acknowledge SETTINGS"},
		put: func(s *stream, f frame, next func(frame)) {
			if !isAck(&f, h2frame.Settings) {
				next(f)
			}
		},
	},
	{
		Mutant: Mutant{"no-ping-ack", "rfc9113/6.7/ping-ack", both, "does not acknowledge PING"},
		put: func(s *stream, f frame, next func(frame)) {
			if !isAck(&f, h2frame.Ping) {
				next(f)
			}
		},
	},
	{
		Mutant: Mutant{"ping-other", "rfc9113/6.7/ping-ack", both, "acknowledges PING with other octets"},
		put: func(s *stream, f frame, next func(frame)) {
			if isAck(&f, h2frame.Ping) {
				f.Body[0] ^= 1
			}
			next(f)
		},
	},
	overlooking("tunnel", "rfc9113/8.5/tunnel-frames", both, "takes HEADERS in mid-stream"),
	{Mutant: Mutant{"rigid", "rfc9113/6.9/window", both, "ignores SETTINGS_INITIAL_WINDOW_SIZE in mid-stream"}, rigid: true},
	minding("one-stream", "rfc9113/5/streams", server, "ends the connection where another stream is opened", func(f *frame) bool {
		return f.Type == h2frame.Headers && f.Stream > 1
	}),
	minding("others-reset", "rfc9113/5/streams", server, "ends the connection where another stream is reset", func(f *frame) bool {
		return f.Type == h2frame.Reset && f.Stream > 1
	}),
	minding("others-end", "rfc9113/5/streams", server, "ends the connection where another stream is ended", func(f *frame) bool {
		return f.Type == h2frame.Data && f.Stream > 1 && f.Flags&h2frame.FlagEnd != 0
	}),
	minding("goaway", "rfc9113/6.8/goaway", both, "ends the connection with an error on GOAWAY", func(f *frame) bool { return f.Type == h2frame.GoAway }),
	minding("continuation", "rfc9113/6.10/continued", server, "takes CONTINUATION for an error", func(f *frame) bool { return f.Type == h2frame.Continuation }),
	{
		Mutant: Mutant{"crosstalk", "wscheck/echo-content", server, "answers another stream on that of the WebSocket"},
		put: func(s *stream, f frame, next func(frame)) {
			if f.Type == h2frame.Reset && f.Stream > 1 {
				f = frame{Type: h2frame.Data, Stream: 1, Body: []byte{0x81, 0}}
			}
			next(f)
		},
	},
	{
		Mutant: Mutant{"no-limit", "rfc9113/5.1.2/limit", server, "accepts more streams than it has announced"},
		put: func(s *stream, f frame, next func(frame)) {
			switch {
			case f.Type == h2frame.Settings && f.Flags == 0:
				f.Body = append(settingsFrame(setting{h2frame.SettingStreams, 2}).Body, f.Body...)
			case f.Type == h2frame.Reset && f.Stream > 1:
				f = frame{Type: h2frame.Headers, Flags: h2frame.FlagHeaders, Stream: f.Stream, Body: []byte{0x88}}
			}
			next(f)
		},
	},
	{
		Mutant: Mutant{"late-data", "rfc9113/5.1/after-reset", both, "sends DATA of a stream that was reset"},
		put: func(s *stream, f frame, next func(frame)) {
			if f.Type == h2frame.Reset && s.conduct.ended {
				return // it does not know that the stream is over
			}
			ping := wsproto.NewFrame(wsproto.OpPing, true, nil)
			ping.Masked = s.role == wsproto.Client
			if next(f); isAck(&f, h2frame.Ping) && s.conduct.ended {
				next(frame{Type: h2frame.Data, Stream: 1, Body: ping.AppendTo(nil)})
			}
		},
	},
	{Mutant: Mutant{"greedy", "rfc9113/6.9/window", both, "sends DATA whether the window has room or not"}, greedy: true},
	listing("name-upper", "rfc9113/8.2/fields", both, "sends the name of a field in upper case", with("X-Wscheck", "1")),
	listing("hop-field", "rfc9113/8.2/fields", both, "sends a field of the connection", with("keep-alive", "timeout=5")),
	listing("pseudo-unknown", "rfc9113/8.3/pseudo", both, "sends a pseudo-header field that there is not", func(list wsproto.Fields) wsproto.Fields {
		return append(wsproto.Fields{{Name: ":version", Value: "HTTP/2"}}, list...)
	}),
	listing("pseudo-twice", "rfc9113/8.3/pseudo", both, "sends its first pseudo-header field twice", func(list wsproto.Fields) wsproto.Fields {
		return append(wsproto.Fields{list[0]}, list...)
	}),
	listing("pseudo-late", "rfc9113/8.3/pseudo", both, "sends a pseudo-header field last", func(list wsproto.Fields) wsproto.Fields {
		i := slices.IndexFunc(list, func(f wsproto.Field) bool { return !strings.HasPrefix(f.Name, ":") })
		if i < 0 {
			list = append(list, wsproto.Field{Name: "server", Value: "wscheck"})
		}
		return append(slices.Clone(list[1:]), list[0])
	}),
}
