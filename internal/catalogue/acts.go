package catalogue

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Act is what the peer is asked to do by itself, by a way of its own.
type Act struct {
	Do     string            // [ActClose] or [ActPing]
	Code   wsproto.CloseCode // of the close frame; 0 for none
	Reason string            // of the close frame

	Before int  // the step before which it is asked
	May    bool // it may refuse
}

// What a peer can be asked to do.
const (
	ActClose = "close"
	ActPing  = "ping"
)

// ActsPrefix begins the ids of the cases of [Acts].
const ActsPrefix = "peer-acts/"

// longestReason is how many octets a reason can have (RFC 6455 5.5).
const longestReason = 123

// Acts returns the cases in which the peer acts first. They need a peer that can be asked
// to.
func Acts() []*Case {
	var cases []*Case
	add := func(id, sends, wants string, act Act, end oracle.End, clauses []oracle.ClauseID, steps ...oracle.Step) {
		c := &Case{
			ID: ActsPrefix + id, Description: sends, Expectation: wants, RFC: []string{"RFC 6455 5.5"}, Clauses: clauses,
			Alone: true, Roles: InBoth, Act: &act, Script: oracle.Script{Steps: steps, End: end},
		}
		cases = append(cases, c)
	}
	const answers = "The peer sends a close frame that is right, and nothing after it. Once it has ours it ends the connection."
	ended := []oracle.ClauseID{"rfc6455/5.5.1/close-tcp"}
	silent := []oracle.ClauseID{"rfc6455/5.5.1/data-after-close", "rfc6455/7.1.5/close-once"}
	closed := oracle.Step{Kind: oracle.StepAwait, Until: oracle.AwaitClose, Timeout: patience}
	normal := Act{Do: ActClose, Code: wsproto.CloseNormal}
	closes := func(id, what string, act Act, clauses ...oracle.ClauseID) {
		act.Do = ActClose
		wants, then := answers, closed
		if act.May {
			wants, then = "The peer refuses that, or sends a close frame that is right all the same.", wait(time.Second, "")
		}
		add(id, "The peer is asked to close "+what+". Its close frame is answered.", wants, act, oracle.EndClose, append(clauses, ended...), then)
	}
	closes("close", "with code 1000", normal)
	closes("close-without-code", "without a code", Act{})
	closes("close-private", "with code 4999 and a reason", Act{Code: 4999, Reason: "as the application wants"})
	closes("close-longest-reason", "with a reason of 123 octets", Act{Code: wsproto.CloseNormal, Reason: strings.Repeat("r", longestReason)})
	for _, n := range []int{longestReason + 1, 1000, 70000} {
		closes(fmt.Sprintf("close-reason-%d", n), fmt.Sprintf("with a reason of %d octets", n),
			Act{Code: wsproto.CloseNormal, Reason: strings.Repeat("r", n), May: true}, "rfc6455/5.5/control-length")
	}
	for _, unit := range []string{"é", "€", "😀"} {
		closes(fmt.Sprintf("close-reason-cut-%d", len(unit)), fmt.Sprintf("with a reason of more than 123 octets, in characters of %d octets", len(unit)),
			Act{Code: wsproto.CloseNormal, Reason: strings.Repeat("r", (longestReason+1)%len(unit)) + strings.Repeat(unit, 200/len(unit)), May: true}, "rfc6455/5.5.1/reason-utf8")
	}
	for code, clause := range map[wsproto.CloseCode]oracle.ClauseID{
		999: "rfc6455/7.4.2/code-defined", 1005: "rfc6455/7.4.1/code-1005", 1006: "rfc6455/7.4.1/code-1006",
		1015: "rfc6455/7.4.1/code-1015", 5000: "rfc6455/7.4.2/code-beyond",
	} {
		closes(fmt.Sprintf("close-code-%d", uint16(code)), fmt.Sprintf("with code %d, which no close frame may have", uint16(code)),
			Act{Code: code, Reason: "code", May: true}, clause)
	}

	answered := func(id, sends string, steps ...oracle.Step) {
		add(id, "The peer is asked to close with code 1000. "+sends, answers, normal, oracle.EndAwait, append(silent, ended...), steps...)
	}
	greet, rest := whole(wsproto.OpText, literal(hello)), whole(wsproto.OpContinuation, literal(fragment2))
	answered("close-crossing", "A close frame of ours crosses its own.", closing(wsproto.CloseNormal, ""))
	answered("close-other-code", "Ours has another code and a reason.", closing(4000, "another reason"))
	answered("close-no-code", "Ours has no code.", closing(0, ""))
	answered("close-then-message", "A text message goes before ours.", greet, closing(wsproto.CloseNormal, ""))
	answered("close-then-fragments", "A message in two frames goes before ours, with a ping between them.",
		first(wsproto.OpText, fragment1), pingOf("between"), rest, closing(wsproto.CloseNormal, ""))
	answered("close-then-many", "A hundred messages go before ours.",
		append(slices.Repeat([]oracle.Step{greet}, 100), closing(wsproto.CloseNormal, ""))...)
	stop, goOn := step(oracle.StepStopReading), step(oracle.StepGoOnReading)
	add("close-late", "We stop reading, and the peer is asked to close with code 1000. We answer half a second later.", answers,
		Act{Do: ActClose, Code: wsproto.CloseNormal, Before: 1}, oracle.EndClose, ended, stop, wait(time.Second/2, "late"), goOn, closed)
	add("close-in-message", "A frame that begins a text message; the peer is asked to close with code 1000; the rest of the message, and our close frame.",
		answers, Act{Do: ActClose, Code: wsproto.CloseNormal, Before: 1}, oracle.EndAwait, append(silent, ended...),
		first(wsproto.OpText, fragment1), rest, closing(wsproto.CloseNormal, ""))
	add("close-in-frame", "Half of a text frame; the peer is asked to close with code 1000; the other half, and our close frame.",
		answers, Act{Do: ActClose, Code: wsproto.CloseNormal, Before: 1}, oracle.EndAwait, append(silent, ended...),
		declaring(uint64(len(hello)), wsproto.FormMinimal, whole(wsproto.OpText, literal(hello[:5]))), more(hello[5:]), closing(wsproto.CloseNormal, ""))

	ping := Act{Do: ActPing}
	pinged := oracle.Step{Kind: oracle.StepAwait, Until: oracle.AwaitPing, Timeout: patience}
	const pings = "The peer sends a ping that is right, and takes the pong. The connection stays open."
	control := []oracle.ClauseID{"rfc6455/5.5/control-length"}
	add("ping", "The peer is asked to send a ping, and then there is a text message.", pings, ping, oracle.EndClose, control, pinged, greet, echoed(1))
	add("ping-twice-answered", "The peer is asked to send a ping, which is answered by two pongs.", pings, ping, oracle.EndClose, control,
		oracle.Step{Kind: oracle.StepPongs, Count: 2}, pinged, greet, echoed(1))
	add("ping-in-message", "A frame that begins a text message; the peer is asked to send a ping; the rest of the message.", pings,
		Act{Do: ActPing, Before: 1}, oracle.EndClose, control, first(wsproto.OpText, fragment1), pinged, rest, echoed(1))
	add("ping-crossing-close", "The peer is asked to send a ping, and our close frame crosses it.",
		"The peer sends a ping that is right, and answers the close frame.", ping, oracle.EndAwait, ended, closing(wsproto.CloseNormal, ""))
	slices.SortFunc(cases, func(a, b *Case) int { return strings.Compare(a.ID, b.ID) })
	return cases
}
