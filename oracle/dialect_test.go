package oracle

import (
	"fmt"
	"testing"

	"github.com/wscheck/wscheck/internal/testdialect"
	"github.com/wscheck/wscheck/wsproto"
)

func chat(t *testing.T) *Dialect {
	t.Helper()
	d, err := ParseDialect(testdialect.Chat)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// chatAsk and chatAnswer are one exchange.
const (
	chatAsk    = `{"id":100007,"pad":"xyz"}`
	chatAnswer = `{"id":100007,"result":{"a":1}}`
)

// dialectCases are about peers that speak a dialect.
func dialectCases() []clauseCase {
	d, err := ParseDialect(testdialect.Chat)
	if err != nil {
		panic(err)
	}
	speaking, stream := Options{Dialect: d}, Options{Dialect: d}
	hello := all(rx(text("hello you")), tx(text("I am here")))
	opened := func(clause ClauseID, name string, breaks, keeps []part) clauseCase {
		return newCase(clause, name, client, speaking, breaks, keeps).after(all(open(), hello))
	}
	asServer := func(clause ClauseID, name string, breaks, keeps []part) clauseCase {
		return newCase(clause, name, server, stream, breaks, keeps).after(open())
	}
	const other = `{"id":100008,"pad":""}`
	return []clauseCase{
		opened("wscheck/answer-missing", "", parts(tx(text(chatAsk)), quiet()), parts(tx(text(chatAsk)), rx(text(chatAnswer)), quiet())),
		opened("wscheck/answer-missing", "push", parts(tx(text(chatAsk)), rx(text("news")), quiet()),
			parts(tx(text(chatAsk)), rx(text("news")), rx(text(chatAnswer)), rx(text("more")), quiet())),
		opened("wscheck/answer-missing", "order", parts(tx(text(chatAsk)), tx(text(other)), rx(text(chatAnswer)), quiet()),
			parts(tx(text(chatAsk)), tx(text(other)), rx(text(`{"id":100008,"result":0}`)), rx(text(chatAnswer)), quiet())),
		opened("wscheck/answer-missing", "foreign", parts(tx(text(chatAsk)), quiet()),
			parts(tx(text(chatAsk)), tx(text("what?")), quiet())),
		opened("wscheck/answer-wrong", "", parts(tx(text(chatAsk)), rx(text(`{"id":100007,"error":"what?"}`)), quiet()),
			parts(tx(text(chatAsk)), rx(text(`{"id":100009,"error":"what?"}`)), rx(text(chatAnswer)), quiet())),
		opened("wscheck/stay", "dialect", parts(tx(text(chatAsk)), rx(bye(1000, "")), quiet()),
			parts(tx(text(chatAsk)), rx(bye(1008, "")), quiet())).never(),
		opened("wscheck/stay", "dialect-foreign", parts(tx(text(chatAsk)), rx(bye(1007, "")), quiet()),
			parts(tx(text("what?")), rx(bye(1007, "")), quiet())).never(),
		newCase("wscheck/overflow", "none", client, Options{Dialect: DialectNone},
			parts(rx(ping("a"), text("a").more(), cont("b").more()), happens(EventOverflow, "")), parts(rx(ping("a"), text("a").more(), cont("b").more()), rx(cont("")), happens(EventOverflow, ""))).after(open()),
		newCase("wscheck/overflow", "none-pings", client, Options{Dialect: DialectNone},
			parts(rx(text("a"), ping("")), happens(EventOverflow, "")), parts(rx(ping(""), text("a")), happens(EventOverflow, ""))).after(open()),
		newCase("wscheck/stay", "none", client, Options{Dialect: DialectNone},
			parts(tx(ping("a")), rx(bye(1002, "")), quiet()), parts(tx(ping("a")), rx(bye(4001, "")), quiet())).after(open()).never(),
		newCase("wscheck/stay", "none-message", client, Options{Dialect: DialectNone},
			parts(tx(ping("a")), rx(bye(1002, "")), quiet()), parts(tx(text("a")), rx(bye(1002, "")), quiet())).after(open()).never(),
		opened("rfc6455/8.1/utf8-fail", "given-back", parts(tx(text("a\xff")), rx(text("a\xff")), quiet()),
			parts(tx(text("a\xff")), rx(bye(1007, "")), tx(bye(1007, "")), eof())),
		opened("rfc6455/8.1/utf8-fail", "given-back-as-binary", parts(tx(text("a\xff")), rx(text("a\xff")), rx(bye(1007, "")), tx(bye(1007, "")), eof()),
			parts(tx(text("a\xff")), rx(binary("a\xff")), rx(bye(1007, "")), tx(bye(1007, "")), eof())),
		asServer("wscheck/answer-missing", "stream", parts(tx(binary("abcdefgh?")), tx(binary("ijklmnop?")), rx(text("abcdefgh!x")), quiet()),
			parts(tx(binary("abcdefgh?")), tx(binary("ijklmnop?")), rx(text("xijkl")), rx(binary("mnop!abcdefgh!")), quiet())),
	}
}

// TestAnswersInAnyOrder has a peer answer many questions the last one first, all of them and
// all but one.
func TestAnswersInAnyOrder(t *testing.T) {
	d, err := ParseDialect("wscheck dialect 1\ndialect \"numbers\"\nas client\nask TEXT counter\nanswer any counter any\n")
	if err != nil {
		t.Fatal(err)
	}
	const questions = 3 * maxAnswerTry
	for unanswered, want := range map[int]Outcome{-1: Pass, 0: Violation, questions / 2: Violation, questions - 1: Violation} {
		parts := []part{open()}
		for i := range questions {
			parts = append(parts, tx(text(fmt.Sprint(100000+i))))
		}
		for i := questions - 1; i >= 0; i-- {
			parts = append(parts, rx(text("news")))
			if i != unanswered {
				parts = append(parts, rx(text(fmt.Sprint("to ", 100000+i, ": yes"))))
			}
		}
		parts = append(parts, tx(ping("a")), rx(pong("a")), quiet(), tx(bye(1000, "")), rx(bye(1000, "")), eof())
		if _, v := judgeBoth(t, traceOf(wsproto.Client, parts...), Options{Dialect: d}); v.Outcome != want {
			t.Errorf("without answer %d: %+v, want %v", unanswered, v, want)
		}
	}
}

// never says that what is kept is no chance to break the clause.
func (c clauseCase) never() clauseCase {
	c.noChance = true
	return c
}

// TestUndecidable demands that nothing is said of a peer that ends the connection
// for reasons of its own, and that nothing fails it. One that was not told who we are
// need not be ready.
func TestUndecidable(t *testing.T) {
	login, err := ParseDialect("wscheck dialect 1\ndialect \"login\"\nas client\nsay TEXT \"me\"\nhear \"you\"\nask TEXT counter\nanswer counter\n")
	if err != nil {
		t.Fatal(err)
	}
	batch, err := ParseDialect("wscheck dialect 1\ndialect \"batch\"\nas client\nask TEXT counter\nanswer any counter any\n")
	if err != nil {
		t.Fatal(err)
	}
	asked := all(open(), tx(text("100001")), tx(text("100002")))
	ended := all(tx(ping("a")), rx(pong("a")), quiet(), tx(bye(1000, "")), rx(bye(1000, "")), eof())
	for _, c := range []struct {
		name  string
		opt   Options
		parts []part
		want  Outcome
	}{
		{"closed", Options{Dialect: DialectNone}, parts(open(), tx(text("a")), rx(bye(1003, "")), tx(bye(1003, "")), eof()), Undecidable},
		{"dropped", Options{Dialect: DialectNone}, parts(open(), tx(text("a")), eof()), Undecidable},
		{"pushed", Options{Dialect: DialectNone}, parts(open(), rx(text("1")), rx(text("2")), tx(ping("a")), rx(pong("a")), quiet(), tx(bye(1000, "")), rx(bye(1000, "")), eof()), Pass},
		{"owned", Options{Dialect: chat(t)}, parts(open(), rx(text("hello")), rx(bye(4001, "")), tx(bye(4001, "")), eof()), Undecidable},
		{"answers in one message", Options{Dialect: batch}, parts(asked, rx(text("100001\n100002")), ended), Pass},
		{"one answer twice", Options{Dialect: batch}, parts(asked, rx(text("100001\n100001")), ended), Violation},
		{"a type that it does not have", Options{Dialect: login}, parts(open(), tx(text("me")), rx(text("you")), tx(raw("\x82\x85\x00")), eof()), Undecidable},
		{"a type that it has", Options{Dialect: login}, parts(open(), tx(text("me")), rx(text("you")), tx(raw("\x81\x85\x00")), eof()), Violation},
		{"a header of a ping", Options{Dialect: login}, parts(open(), tx(text("me")), rx(text("you")), tx(raw("\x89\x85\x00")), eof()), Violation},
		{"a header", Options{Dialect: DialectNone}, parts(open(), tx(raw("\x81\x85\x00")), eof()), Undecidable},
		{"not told", Options{Dialect: login}, parts(open(), ended), Pass},
		{"told", Options{Dialect: login}, parts(open(), tx(text("me")), ended), Inconclusive},
		{"told and ready", Options{Dialect: login}, parts(open(), tx(text("me")), rx(text("you")), ended), Pass},
		{"nothing taken for granted", Options{}, parts(open(), tx(ping("a")), rx(bye(1000, "")), tx(bye(1000, "")), eof()), Inconclusive},
	} {
		if _, v := judgeBoth(t, traceOf(wsproto.Client, c.parts...), c.opt); v.Outcome != c.want {
			t.Errorf("%s: %+v, want %v", c.name, v, c.want)
		}
	}
}
