package catalogue

import (
	"fmt"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// masking is about RFC 6455 5.1 and 5.3: clients mask every frame, servers
// none.
func masking() []row {
	var rows []row
	for _, side := range []struct {
		name, what, who string
		roles           Roles
		masking         oracle.Masking
		clause          oracle.ClauseID
	}{
		{"unmasked", "that is not masked", "server", AsClient, oracle.MaskNever, "rfc6455/5.1/server-closes-unmasked"},
		{"masked", "that is masked", "client", AsServer, oracle.MaskAlways, "rfc6455/5.1/client-closes-masked"},
	} {
		wrong := func(s oracle.Step) oracle.Step {
			s.Masking = side.masking
			return s
		}
		for _, f := range []struct {
			name, what string
			steps      []oracle.Step
		}{
			{"text", "A text frame " + side.what + ".", []oracle.Step{wrong(whole(wsproto.OpText, literal(hello)))}},
			{"text-empty", "An empty text frame " + side.what + ".", []oracle.Step{wrong(whole(wsproto.OpText, literal("")))}},
			{"text-126", "A text frame of 126 octets, its length in the 16-bit form, " + side.what + ".",
				[]oracle.Step{wrong(whole(wsproto.OpText, repeated("*", 126)))}},
			{"text-65536", "A text frame of 65536 octets, its length in the 64-bit form, " + side.what + ".",
				[]oracle.Step{wrong(whole(wsproto.OpText, repeated("*", 65536)))}},
			{"binary", "A binary frame " + side.what + ".", []oracle.Step{wrong(whole(wsproto.OpBinary, literal(notText)))}},
			{"ping", "A ping " + side.what + ".", []oracle.Step{wrong(whole(wsproto.OpPing, literal("ping")))}},
			{"ping-empty", "An empty ping " + side.what + ".", []oracle.Step{wrong(whole(wsproto.OpPing, literal("")))}},
			{"pong", "A pong " + side.what + ".", []oracle.Step{wrong(whole(wsproto.OpPong, literal("pong")))}},
			{"close", "A close frame with code 1000 " + side.what + ".",
				[]oracle.Step{wrong(whole(wsproto.OpClose, literal(codeOctets(wsproto.CloseNormal))))}},
			{"close-empty", "An empty close frame " + side.what + ".", []oracle.Step{wrong(whole(wsproto.OpClose, literal("")))}},
			{"continuation", "A text message in two frames; the second is one " + side.what + ".",
				[]oracle.Step{part(wsproto.OpText, literal(fragment1)), wrong(whole(wsproto.OpContinuation, literal(fragment2)))}},
			{"first-fragment", "A text message in two frames; the first is one " + side.what + ".",
				[]oracle.Step{wrong(part(wsproto.OpText, literal(fragment1))), whole(wsproto.OpContinuation, literal(fragment2))}},
			{"ping-within", "A text message in two frames, and between them a ping " + side.what + ".",
				[]oracle.Step{part(wsproto.OpText, literal(fragment1)), wrong(whole(wsproto.OpPing, literal("ping"))),
					whole(wsproto.OpContinuation, literal(fragment2))}},
			{"pong-within", "A text message in two frames, and between them a pong " + side.what + ".",
				[]oracle.Step{part(wsproto.OpText, literal(fragment1)), wrong(whole(wsproto.OpPong, literal("pong"))),
					whole(wsproto.OpContinuation, literal(fragment2))}},
			{"third-fragment", "A text message in four frames; the third is one " + side.what + ".",
				[]oracle.Step{part(wsproto.OpText, literal(fragment1)), part(wsproto.OpContinuation, literal(fragment2)),
					wrong(part(wsproto.OpContinuation, literal(fragment3))), whole(wsproto.OpContinuation, literal(fragment4))}},
			{"second-message", "A right text message, whose echo is awaited, and then a text frame " + side.what + ".",
				[]oracle.Step{whole(wsproto.OpText, literal(hello)), echoed(1), wrong(whole(wsproto.OpText, literal(world)))}},
			{"octetwise", "A text frame " + side.what + ", octet by octet.",
				[]oracle.Step{chopped(1, wrong(whole(wsproto.OpText, literal(hello))))}},
		} {
			r := bad("5.1/"+side.name+"-"+f.name, f.what, []oracle.ClauseID{side.clause}, f.steps...)
			r.roles = side.roles
			r.wants = "The " + side.who + " closes the connection, with code 1002 if it sends a close frame. The frame has no effect."
			rows = append(rows, r)
		}
	}
	return append(rows, maskingKeys()...)
}

// maskingKeys are keys that a client may come upon; they mean nothing.
func maskingKeys() []row {
	var rows []row
	for _, k := range []struct {
		name string
		key  [4]byte
		what string
	}{
		{"zero", [4]byte{}, "00000000, which leaves the octets as they are"},
		{"ones", [4]byte{0xff, 0xff, 0xff, 0xff}, "FFFFFFFF"},
		{"first", [4]byte{0xff, 0, 0, 0}, "FF000000"},
		{"last", [4]byte{0, 0, 0, 0xff}, "000000FF"},
		{"text", [4]byte{'H', 'e', 'l', 'l'}, "48656C6C, so that the octets of \"Hell\" are zeros on the wire"},
		{"header", [4]byte{0x88, 0x80, 0x88, 0x80}, "88808880, which looks like close frames"},
	} {
		for _, n := range []int{13, 1000} {
			frame := whole(wsproto.OpText, repeated(hello, n))
			frame.Masking, frame.Frame.Mask = oracle.MaskKey, k.key
			r := good(fmt.Sprintf("5.3/key-%s-%d", k.name, n), fmt.Sprintf("A text message of %d octets with the masking key %s.", n, k.what),
				"The message comes back.", nil, 1, frame)
			r.roles = AsClient
			rows = append(rows, r)
		}
	}
	frame := chopped(1, whole(wsproto.OpText, literal("a€b")))
	r := good("5.3/key-octetwise", "A text message of 5 octets octet by octet, so that its mask continues over every piece.",
		"The message comes back.", nil, 1, frame)
	r.roles = AsClient
	return append(rows, r)
}
