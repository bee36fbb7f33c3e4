package drive

import (
	"context"
	"fmt"
	"net"
	"os"
	"slices"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/fuzzingserver"
	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// lines gives a command that was started once the URLs of the cases on its standard input,
// each when the one before has been dealt with.
type lines struct {
	*driver
	server  *fuzzingserver.Server // takes the results
	address net.Addr              // of the server
	command *process.Command
	input   *os.File // what the command reads
	until   time.Time
	reads   bool // the command has come for a line
}

// How long a command has to come for a line, and for the first one or for one with a URL that it
// may not know, on a machine with nothing else to do. One that does not come for the first has
// another way: it reads all of its input before it begins, or asks the fuzzing server for the cases.
const nextLine = 30 * time.Second

var firstLine, oddLine = 10 * time.Second, 10 * time.Second // a test has less

// play plays the cases, and at the end those again whose verdict rests on silence. It returns
// once that is done, or the command has ended or has another way, or the time is up. all says
// that there is nothing left for the command to do.
func (l *lines) play(ctx context.Context) (all bool) {
	rounds := l.rounds()
	cases := slices.Concat(rounds[0], rounds[1])
	// A client that knows no IPv6, or no URL without a path, may end there.
	slices.SortStableFunc(cases, oddLast)
	var silent []*report.Result
	missed, ended := 0, false // lines in a row; by one of those URLs
	for _, cs := range cases {
		started, before := time.Now(), l.over(ctx)
		result, came := l.try(ctx, cs, 0)
		if came {
			l.reads, missed = true, 0
		}
		switch {
		case came && l.visitor.Doubts(result):
			silent = append(silent, result)
			continue
		case came:
			result = l.visitor.Decide(result, nil)
		case l.command.Over() && ofOddURL(cs) && (ended || !before):
			ended = true
			result = inconclusive(cs, l.agent, started, "the command ended when it was sent to a URL of this form")
			result.RFC.Outcome = oracle.Unsupported
		case l.over(ctx):
			continue
		case !l.reads:
			go l.writeAll()
			return false
		default:
			result = inconclusive(cs, l.agent, started, fmt.Sprintf("the client did not come within %v of its line", time.Since(started).Round(time.Second)))
			if missed++; missed == firstStarts {
				l.stop(fmt.Errorf("%d lines in a row came to nothing: %s", missed, result.RFC.Reason))
				return false
			}
		}
		l.server.Add(l.agent, result)
	}
	for _, first := range silent {
		result := l.visitor.Decide(first, func(patience time.Duration) (*report.Result, bool) { return l.try(ctx, first.Case, patience) })
		if ctx.Err() == nil {
			l.server.Add(l.agent, result)
		}
	}
	l.input.Close()
	return !l.over(ctx)
}

// oddLast orders cases by how likely a client is to know their URLs.
func oddLast(a, b *catalogue.Case) int {
	rank := func(cs *catalogue.Case) int {
		switch at := places(cs); {
		case len(at) == 1:
			return 0
		case at[0].host == loopback:
			return 1
		}
		return 2
	}
	return rank(a) - rank(b)
}

// over reports whether no line can be played any more.
func (l *lines) over(ctx context.Context) bool {
	return ctx.Err() != nil || l.command.Over() || time.Now().After(l.until)
}

// writeAll gives the command the lines of all cases, which the fuzzing server plays, and no more.
func (l *lines) writeAll() {
	defer l.input.Close()
	for _, cs := range l.cases {
		if _, err := fmt.Fprintln(l.input, l.url(l.address, cs)); err != nil {
			return
		}
	}
}

// try gives the command the line of a case, and returns what came of it.
func (l *lines) try(ctx context.Context, cs *catalogue.Case, patience time.Duration) (*report.Result, bool) {
	return toPlaces(cs, func(at place) (*report.Result, bool) {
		if l.over(ctx) {
			return nil, false
		}
		playing, cancel := context.WithCancel(ctx)
		v := l.invite(playing, cs, at, patience)
		if v == nil {
			cancel()
			return nil, false
		}
		leave := func() { v.Close(); cancel() }
		limit := nextLine
		switch { // it is likely not to come
		case !l.reads:
			limit = firstLine
		case ofOddURL(cs) && at == places(cs)[0]:
			limit = oddLine
		}
		_, _ = fmt.Fprintln(l.input, v.url) // it fails where the command has ended
		l.command.Await(ctx, v.Done(), min(process.Stretch(limit), time.Until(l.until)))
		if !l.reads && !v.Begun() && !l.over(ctx) {
			context.AfterFunc(ctx, leave) // a command that reads all of its input comes later
			return nil, false
		}
		defer leave()
		if v.Begun() {
			l.command.Await(ctx, v.Done(), time.Until(l.until))
		}
		v.end(cancel)
		return v.result, v.result != nil
	})
}
