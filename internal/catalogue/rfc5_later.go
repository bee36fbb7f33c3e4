package catalogue

import (
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// laterFaults are frames that no peer may take, after something legal that a peer has a
// state for: what it checks on the first frame it checks on all.
func laterFaults() []row {
	var rows []row
	for _, before := range []struct {
		name, what string
		steps      []oracle.Step
	}{
		{"fragments", "A text message in two frames, whose echo is awaited",
			[]oracle.Step{part(wsproto.OpText, literal(fragment1)), whole(wsproto.OpContinuation, literal(fragment2)), echoed(1)}},
		{"ping-within", "A text message in two frames with a ping between them, whose echo is awaited",
			[]oracle.Step{part(wsproto.OpText, literal(fragment1)), pingOf("within"), whole(wsproto.OpContinuation, literal(fragment2)), echoed(1)}},
		{"ping", "A ping, whose pong is awaited", []oracle.Step{pingOf("before"), ponged(1)}},
		{"empty", "An empty text message, whose echo is awaited", []oracle.Step{whole(wsproto.OpText, literal("")), echoed(1)}},
	} {
		for _, f := range []struct {
			name, what string
			clause     oracle.ClauseID
			steps      []oracle.Step
		}{
			{"rsv2", "a text frame with RSV2", "rfc6455/5.2/rsv-fail", []oracle.Step{reserved(2, whole(wsproto.OpText, literal(hello)))}},
			{"rsv1-ping", "a ping with RSV1", "rfc6455/5.2/rsv-fail", []oracle.Step{reserved(4, whole(wsproto.OpPing, literal("ping")))}},
			{"opcode-3", "a frame with the opcode 3", "rfc6455/5.2/opcode-fail", []oracle.Step{whole(3, literal(hello))}},
			{"opcode-11", "a frame with the opcode 11", "rfc6455/5.2/opcode-fail", []oracle.Step{whole(11, literal(""))}},
			{"interleaved", "the first of two frames of a text message with a whole one after it", "rfc6455/5.4/interleaved-fail",
				[]oracle.Step{part(wsproto.OpText, literal(fragment1)), whole(wsproto.OpText, literal(hello))}},
			{"length-2-63", "the header of a binary frame that declares a length of 2^63", "rfc6455/5.2/length-63bit-fail",
				[]oracle.Step{declaring(1<<63, wsproto.Form64, whole(wsproto.OpBinary, literal("hello")))}},
			{"continuation", "a continuation frame", "rfc6455/5.4/continuation-fail", []oracle.Step{whole(wsproto.OpContinuation, literal(fragment2))}},
			{"ping-126", "a ping of 126 octets", "rfc6455/5.5/control-length-fail", []oracle.Step{whole(wsproto.OpPing, repeated("*", 126))}},
			{"ping-unfinished", "a ping with FIN clear", "rfc6455/5.5/control-fragmented-fail", []oracle.Step{part(wsproto.OpPing, literal("ping"))}},
			{"bad-utf8", "a text message that is not UTF-8", "rfc6455/8.1/utf8-fail", []oracle.Step{whole(wsproto.OpText, literal("\xff"))}},
		} {
			rows = append(rows, bad("5.2/after-"+before.name+"-"+f.name, before.what+", and then "+f.what+".",
				[]oracle.ClauseID{f.clause}, append(append([]oracle.Step(nil), before.steps...), f.steps...)...))
		}
		for _, side := range []struct {
			name, what string
			roles      Roles
			masking    oracle.Masking
			clause     oracle.ClauseID
		}{
			{"unmasked", "that is not masked", AsClient, oracle.MaskNever, "rfc6455/5.1/server-closes-unmasked"},
			{"masked", "that is masked", AsServer, oracle.MaskAlways, "rfc6455/5.1/client-closes-masked"},
		} {
			wrong := whole(wsproto.OpText, literal(world))
			wrong.Masking = side.masking
			r := bad("5.1/after-"+before.name+"-"+side.name, before.what+", and then a text frame "+side.what+".",
				[]oracle.ClauseID{side.clause}, append(append([]oracle.Step(nil), before.steps...), wrong)...)
			r.roles = side.roles
			rows = append(rows, r)
		}
	}
	return rows
}
