package catalogue

import (
	"slices"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Text of the cases about fragments of UTF-8. The Greek word is a favourite of
// UTF-8 tests: code points of two and of three octets.
const (
	greeting = "Hello-µ@ßöäüàá-UTF-8!!"
	greek    = "κ\u1f79σμε" // the accented vowel is the code point of three octets
)

var utf8Text = []string{"RFC 6455 5.6", "RFC 6455 8.1", "RFC 3629 3"}

// section6 sends text: empty, fragmented, and every kind of good and bad
// UTF-8.
func section6() []entry {
	return slices.Concat(
		emptyTexts(), fragmentedUTF8(), surrogateAmidText(), failFast(), utf8Sweeps(),
	)
}

// emptyTexts are text messages with empty frames.
func emptyTexts() []entry {
	const middle = "middle frame payload"
	rfc := []string{"RFC 6455 5.4", "RFC 6455 5.6"}
	end := closeAfter(time.Second)
	return []entry{
		{
			id:     "6.1.1",
			sends:  "One text message of 0 octets.",
			wants:  "A text message of 0 octets comes back." + thenClosed,
			rfc:    []string{"RFC 6455 5.6"},
			steps:  []oracle.Step{whole(wsproto.OpText, literal("")), end},
			expect: accepted(textEcho("")),
		},
		{
			id:    "6.1.2",
			sends: "One text message in three frames of 0 octets each.",
			wants: "A text message of 0 octets comes back." + thenClosed,
			rfc:   rfc,
			steps: []oracle.Step{
				part(wsproto.OpText, literal("")),
				part(wsproto.OpContinuation, literal("")),
				whole(wsproto.OpContinuation, literal("")),
				end,
			},
			expect: accepted(textEcho("")),
		},
		{
			id:    "6.1.3",
			sends: "One text message in three frames; the first and the last are empty.",
			wants: "The 20 octets of the middle frame come back as one text message." + thenClosed,
			rfc:   rfc,
			steps: []oracle.Step{
				part(wsproto.OpText, literal("")),
				part(wsproto.OpContinuation, literal(middle)),
				whole(wsproto.OpContinuation, literal("")),
				end,
			},
			expect: accepted(textEcho(middle)),
		},
	}
}

// fragmentedUTF8 are valid texts cut into frames between and within code
// points.
func fragmentedUTF8() []entry {
	const half = len("Hello-µ@ßöä")
	end := closeAfter(time.Second)
	rfc := []string{"RFC 6455 5.4", "RFC 6455 5.6", "RFC 6455 8.1"}
	return []entry{
		{
			id:     "6.2.1",
			sends:  "The text \"" + greeting + "\", which has code points of one and of two octets, in a single frame.",
			wants:  "The same text comes back." + thenClosed,
			rfc:    utf8Text,
			steps:  []oracle.Step{message(wsproto.OpText, literal(greeting), 0), end},
			expect: accepted(textEcho(greeting)),
		},
		{
			id:    "6.2.2",
			sends: "The text \"" + greeting + "\" in two frames, cut between two code points.",
			wants: "The same text comes back." + thenClosed,
			rfc:   rfc,
			steps: []oracle.Step{
				part(wsproto.OpText, literal(greeting[:half])),
				whole(wsproto.OpContinuation, literal(greeting[half:])),
				end,
			},
			expect: accepted(textEcho(greeting)),
		},
		{
			id: "6.2.3",
			sends: "The text \"" + greeting + "\" in frames of one octet, so that code points of two octets are cut in the middle: " +
				"only the message has to be UTF-8, not each frame.",
			wants:  "The same text comes back." + thenClosed,
			rfc:    rfc,
			steps:  []oracle.Step{message(wsproto.OpText, literal(greeting), 1), end},
			expect: accepted(textEcho(greeting)),
		},
		{
			id: "6.2.4",
			sends: "The text \"" + greek + "\" (" + hexOctets(greek) + ") in frames of one octet, " +
				"so that code points of two and of three octets are cut at every place.",
			wants:  "The same text comes back." + thenClosed,
			rfc:    rfc,
			steps:  []oracle.Step{message(wsproto.OpText, literal(greek), 1), end},
			expect: accepted(textEcho(greek)),
		},
	}
}

// surrogateAmidText are a text with a surrogate in its middle, whole and in
// frames of one octet.
func surrogateAmidText() []entry {
	const bad = greek + "\xed\xa0\x80" + "edited"
	var rows []entry
	for i, of := range []struct {
		id       string
		fragment int
		how      string
	}{
		{"6.3.1", 0, "in a single frame"},
		{"6.3.2", 1, "in frames of one octet"},
	} {
		wants := "Nothing is echoed." + thenInvalid
		if i > 0 {
			wants = "Nothing is echoed. The error is certain from the second of the three octets on, long before the message ends." +
				thenInvalid
		}
		rows = append(rows, entry{
			id: of.id,
			sends: "A text that is valid but for the octets ED A0 80 in its middle (the surrogate U+D800, which UTF-8 may not encode), " +
				of.how + ".",
			wants:  wants,
			rfc:    utf8Text,
			steps:  []oracle.Step{message(wsproto.OpText, literal(bad), of.fragment), failAfter(time.Second)},
			expect: invalidText(outcome(autobahn.OK)),
		})
	}
	return rows
}

// failFast are texts that turn bad in the middle, with a pause before and
// after: a strict peer fails the connection during the second one.
func failFast() []entry {
	const tail = "edited"
	splits := []struct {
		first, second, third string
		why                  string
	}{
		{greek, "\xf4\x90\x80\x80", tail, "The second part is F4 90 80 80, which would be U+110000, one beyond the last code point."},
		{greek + "\xf4", "\x90", "\x80\x80" + tail, "The first part ends in F4, which may still begin a code point; the second is 90, after which it cannot."},
	}
	const wants = "The connection is open during the first pause, and failed during the second: no octet to come can make the text valid. " +
		"A peer that waits for the end of the frame or the message is NON-STRICT. Nothing is echoed." + thenInvalid
	expect := func() autobahn.Expectation {
		return invalidText(
			outcome(autobahn.OK, stillOpen("A")),
			outcome(autobahn.NonStrict, stillOpen("A"), stillOpen("B")),
		)
	}

	var rows []entry
	for i, s := range splits {
		rows = append(rows, entry{
			id:    []string{"6.4.1", "6.4.2"}[i],
			sends: "A text message in three frames, with a pause of one second after the first and after the second. " + s.why,
			wants: wants,
			rfc:   utf8Text,
			steps: []oracle.Step{
				part(wsproto.OpText, literal(s.first)),
				wait(time.Second, "A"),
				part(wsproto.OpContinuation, literal(s.second)),
				wait(time.Second, "B"),
				whole(wsproto.OpContinuation, literal(s.third)),
				failAfter(time.Second),
			},
			expect: expect(),
		})
	}
	for i, s := range splits {
		rows = append(rows, entry{
			id: []string{"6.4.3", "6.4.4"}[i],
			sends: "A text message whose one data frame arrives in three parts, with a pause of one second after the first and after the second; " +
				"an empty continuation frame ends the message. " + s.why,
			wants: wants,
			rfc:   utf8Text,
			steps: []oracle.Step{
				streamed(wsproto.OpText, uint64(len(s.first+s.second+s.third))),
				more(s.first),
				wait(time.Second, "A"),
				more(s.second),
				wait(time.Second, "B"),
				more(s.third),
				whole(wsproto.OpContinuation, literal("")),
				failAfter(time.Second),
			},
			expect: expect(),
		})
	}
	return rows
}
