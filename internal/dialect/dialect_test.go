package dialect

import (
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/testdialect"
)

func chat(t *testing.T) *Dialect {
	t.Helper()
	d, err := Parse(testdialect.Chat)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestDialectText demands that a dialect is the same again when its text is read.
func TestDialectText(t *testing.T) {
	d := chat(t)
	again, err := Parse(d.String())
	if err != nil {
		t.Fatalf("%v\n%s", err, d)
	}
	if d.String() != again.String() {
		t.Errorf("written\n%s\nand again\n%s", d, again)
	}
	if s := d.Client; s.Target != "/chat" || len(s.Ready) != 2 || !s.Ready[0].Heard || len(s.Exchanges) != 1 ||
		len(s.Fillers) != 2 || len(s.Closes) != 2 || s.Stream || !d.Server.Stream {
		t.Errorf("read as %+v", s)
	}
}

func TestDialectErrors(t *testing.T) {
	const head = "wscheck dialect 1\ndialect \"x\"\nas client\n"
	const whole = head + "ask TEXT \"a\"\nanswer \"b\"\n"
	for _, c := range []struct{ text, want string }{
		{"", "1:1: the text ends: want \"wscheck dialect 1\""},
		{"wscheck dialect 2\n", "1:17: \"2\": want \"1\""},
		{"wscheck dialect 1\ndialect \"a b\"\n", "2:9: "},
		{"wscheck dialect 1\ndialect \"echo\"\n", "2:9: \"echo\" is a dialect that needs no text"},
		{"wscheck dialect 1\ndialect \"x\"\n", "3:1: the dialect says nothing"},
		{head, "3:1: there is no exchange"},
		{head + "ask \"a\"\n", "4:5: a literal: want the type of the message"},
		{head + "ask TEXT\n", "4:5: no message"},
		{head + "ask TEXT any\nanswer \"b\"\n", "4:5: a message of ours cannot have any octets"},
		{head + "ask TEXT \"a\"\n", "5:1: the text ends: want \"answer\""},
		{head + "ask TEXT \"a\"\nanswer counter\n", "5:8: the answer has counter"},
		{head + "ask TEXT text text\nanswer \"b\"\n", "4:5: two fillings"},
		{head + "ask TEXT text size\nanswer \"b\"\n", "4:5: size stands before"},
		{head + "ask TEXT size\nanswer \"b\"\n", "4:5: a size of nothing"},
		{head + "ask TEXT counter+1\nanswer \"b\"\n", "4:10: \"counter+1\": want text between quotes"},
		{head + "ask TEXT \"a\"\nanswer any any\n", "5:8: any stands there twice"},
		{whole + "answer \"c\"\n", "6:1: an answer to nothing"},
		{whole + "filler TEXT \"c\"\n", "6:1: a filler has one of"},
		{whole + "close 999\n", "6:7: 999 to 999: want codes"},
		{whole + "close 1008 to 1000\n", "6:7: 1008 to 1000"},
		{whole + "handshake target \"chat\"\n", "6:11: the handshake of a dialect"},
		{whole + "handshake no host\n", "6:11: the handshake of a dialect"},
		{whole + "stream\nstream\n", "7:1: stream stands there twice"},
		{whole + "shout\n", "6:1: \"shout\": want handshake, stream"},
		{whole + "as client\n", "6:1: there are lines for the role client already"},
	} {
		_, err := Parse(c.text)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q: error %v, want %s", c.text, err, c.want)
		}
	}
}

// TestMessageFit demands that a message of a size is read back as what it was made
// of.
func TestMessageFit(t *testing.T) {
	s := chat(t).Client
	messages := []*Message{&s.Exchanges[0].Ask, &s.Fillers[0], &s.Fillers[1]}
	for i, m := range messages {
		without := 0
		for size := m.Size(0); size < 400; size++ {
			n, ok := m.Fit(size)
			if !ok {
				without++ // where the size takes a digit more
				continue
			}
			v := Values{Counter: 7, Nonce: "abcdefgh", Filling: m.Filling(nil, n)}
			b := m.AppendTo(nil, &v)
			if len(b) != size || m.Size(n) != size {
				t.Fatalf("message %d: %d octets, want %d", i, len(b), size)
			}
			got, ok := m.Read(m.Opcode, b)
			if !ok || string(got.Filling) != string(v.Filling) {
				t.Errorf("message %d, %q: read as %+v, %v", i, b, got, ok)
			}
			if _, ok := m.Read(m.Opcode, append(b, '!')); ok {
				t.Errorf("message %d with an octet more is read too", i)
			}
		}
		if without > 2 {
			t.Errorf("message %d has no filling for %d sizes", i, without)
		}
	}
	if s.Exchanges[0].Ask.Takes([]byte(`a"`)) || !s.Exchanges[0].Ask.Takes([]byte("käse")) || !s.Fillers[0].Takes([]byte("\xff\x00")) {
		t.Error("what a filling takes is not what it says")
	}
}
