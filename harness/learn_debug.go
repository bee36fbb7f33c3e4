package harness

import (
	"testing"
	"net"
	"github.com/wscheck/wscheck/harness/catalogue"
	"github.com/wscheck/wscheck/harness/learn"
	"github.com/wscheck/wscheck/oracle"
)

var _ = net.Pipe
func DebugWord(t *testing.T, server func(net.Conn), names ...string) {
	s, err := newSuite(t.Name(), &peer{server: server}, &Config{Select: []*catalogue.Case{}})
	if err != nil { t.Fatal(err) }
	b := s.bubble(learnCase(true))
	w := &word{times: bubbleWord}
	for _, n := range names { w.inputs = append(w.inputs, learn.Named(n)) }
	b.word, b.wait = w, w.times.ending
	p := b.play(t)
	t.Logf("%q", w.answers)
	t.Log(oracle.FormatTrace(&p.conversation.rec.Trace, nil))
}
