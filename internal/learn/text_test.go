package learn

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// small is a machine with every kind of edge.
func small() *Machine {
	return &Machine{
		Peer: wsproto.Client, Deflate: true, Greeting: "text", Inputs: []string{"text", "first", "eof"},
		States: []State{
			{Edges: []Edge{{"echo", 0}, {Nothing, 1}, {"end", End}}},
			{Access: []int{1}, Edges: []Edge{{"close 1002, end", End}, {"differs: echo | nothing", Unknown}, {notLearned, Unknown}}},
		},
	}
}

const smallText = `wscheck machine 1
peer: client
extension: permessage-deflate
greeting: text

state 0
  text              echo
  first             nothing                       -> 1
  eof               end                           -> end

state 1, after first
  text              close 1002, end               -> end
  first             differs: echo | nothing       -> unknown
  eof               not learned                   -> unknown
`

func TestFormat(t *testing.T) {
	if got := string(small().Format()); got != smallText {
		t.Errorf("got\n%s", got)
	}
	m, err := Parse([]byte("# a comment\n" + smallText))
	if err != nil || string(m.Format()) != smallText {
		t.Fatalf("%v\n%+v", err, m)
	}
}

// TestParseErrors demands the line and the problem of what is not a machine.
func TestParseErrors(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"nothing":      {"", "0: this is not a machine"},
		"other":        {"state 0\n", "1: this is not a machine"},
		"no peer":      {header + "\nstate 0\n  text  echo\n", `3: there is no line "peer: server"`},
		"no state":     {header + "\npeer: server\n", "2: there is no state"},
		"key":          {header + "\nagent: x\n", `2: there is no "agent: x"`},
		"input":        {header + "\npeer: server\nstate 0\n  wings  echo\n", `4: there is no input "wings"`},
		"twice":        {header + "\npeer: server\nstate 0\n  text  echo\n  text  echo\n", "5: text is there twice"},
		"no output":    {header + "\npeer: server\nstate 0\n  text\n", "4: want an input"},
		"before state": {header + "\npeer: server\n  text  echo\n", "3: a state has to begin first"},
		"number":       {header + "\npeer: server\nstate 1\n", "3: this has to be state 0"},
		"where":        {header + "\npeer: server\nstate 0\n  text  echo  -> -1\n", "4: -> -1: want the number"},
		"no such":      {header + "\npeer: server\nstate 0\n  text  echo  -> 7\n", "4: state 0, text: there is no state 7"},
		"unreached":    {header + "\npeer: server\nstate 0\n  text  echo\nstate 1\n  text  end  -> end\n", "6: there is a state that nothing leads to"},
		"not whole":    {header + "\npeer: server\nstate 0\n  text  echo  -> 1\n  ping  pong\nstate 1\n  text  end  -> end\n", "7: state 1 does not have all inputs"},
		"order":        {header + "\npeer: server\nstate 0\n  text  echo  -> 1\n  ping  pong\nstate 1\n  ping  pong\n", "7: ping: want the inputs of state 0 in their order"},
		"empty state":  {header + "\npeer: server\nstate 0\nstate 1\n", "4: state 0 does not have all inputs"},
		"long":         {strings.Repeat("#", MaxText+1), "1: the text is longer"},
	} {
		if _, err := Parse([]byte(c.text)); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

// TestGraphs demands that whatever a file says is escaped in what is drawn of it.
func TestGraphs(t *testing.T) {
	m := small()
	m.States[0].Edges[0].Output = "<b>\"x\" \\ ;#"
	page, err := m.HTML("<i>peer</i>", []string{"<u>note</u>"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text         []byte
		wants, wrong []string
	}{
		"DOT":     {m.DOT(), []string{`s0 -> s0 [label="text / <b>\"x\" \\ ;#"]`, `s1 -> unknown`, `s0 -> end [label="eof / end"]`}, nil},
		"Mermaid": {m.Mermaid(), []string{"s0 --> s0 : text / #60;b#62;#34;x#34; #92; #59;#35;\n", "s0 --> s1 : first / nothing\n"}, []string{"<", "\\"}},
		"HTML":    {page, []string{"&lt;i&gt;peer", "&lt;b&gt;", "&lt;u&gt;note", "<svg ", "with permessage-deflate", "1: after first"}, []string{"<i>", "<b>", "<u>", "<script", "src=", "href="}},
	} {
		for _, want := range c.wants {
			if !strings.Contains(string(c.text), want) {
				t.Errorf("%s: no %q in\n%s", name, want, c.text)
			}
		}
		for _, wrong := range c.wrong {
			if strings.Contains(string(c.text), wrong) {
				t.Errorf("%s: %q in\n%s", name, wrong, c.text)
			}
		}
	}
	big := &Machine{Inputs: []string{"text"}}
	for i := range 100 {
		big.States = append(big.States, State{Access: make([]int, i), Edges: []Edge{{"echo", (i + 1) % 100}}})
	}
	if page, err := big.HTML("big", nil); err != nil || !strings.Contains(string(page), "60 more states are in the table alone") {
		t.Errorf("%v: a machine of 100 states is drawn whole", err)
	}
}

// TestDialogue demands the names of what a server can send.
func TestDialogue(t *testing.T) {
	frame := func(op wsproto.Opcode, fin bool, payload string) []byte {
		return wsproto.NewFrame(op, fin, []byte(payload)).AppendTo(nil)
	}
	masked := wsproto.NewFrame(wsproto.OpClose, true, []byte("\x03\xe8"))
	masked.Masked, masked.Mask = true, Mask
	reserved := wsproto.NewFrame(wsproto.OpPong, true, []byte("ping 0"))
	reserved.Rsv = 2
	compressed := wsproto.NewFrame(wsproto.OpText, true, deflate.NewCompressor(deflate.Stream{}).Message(nil, []byte("text 0")))
	compressed.Rsv = 4
	for name, c := range map[string]struct {
		say    string
		octets []byte
		want   string
	}{
		"nothing":       {"text", nil, Nothing},
		"echo":          {"text", frame(wsproto.OpText, true, "text 0"), "echo"},
		"in parts":      {"text", slices.Concat(frame(wsproto.OpText, false, "te"), frame(wsproto.OpContinuation, false, "xt "), frame(wsproto.OpContinuation, true, "0")), "part, echo ended"},
		"another type":  {"text", frame(wsproto.OpBinary, true, "text 0"), "binary"},
		"another text":  {"text", frame(wsproto.OpText, true, "TEXT 0"), "text"},
		"compressed":    {"text", compressed.AppendTo(nil), "deflated echo"},
		"out of turn":   {"text", frame(wsproto.OpContinuation, true, "text 0"), "fragment out of turn"},
		"pong":          {"ping", frame(wsproto.OpPong, true, "ping 0"), "pong"},
		"another pong":  {"ping", frame(wsproto.OpPong, true, "ping"), "pong unasked"},
		"reserved bit":  {"ping", reserved.AppendTo(nil), "rsv 2 pong"},
		"unfinished":    {"pong", frame(wsproto.OpPing, false, ""), "unfinished ping"},
		"opcode":        {"text", frame(12, true, ""), "opcode 12"},
		"close":         {"text", frame(wsproto.OpClose, true, "\x03\xea"), "close 1002"},
		"close no code": {"text", frame(wsproto.OpClose, true, ""), "close"},
		"close short":   {"text", frame(wsproto.OpClose, true, "x"), "close with one octet"},
		"masked":        {"text", masked.AppendTo(nil), "wrongly masked close"},
		"many":          {"text", slices.Concat(slices.Repeat([][]byte{frame(wsproto.OpPing, true, ""), frame(wsproto.OpText, true, "")}, 20)...), "ping, text, ping, text, ping, text, ping, text, …"},
	} {
		d := NewDialogue(wsproto.Server, new(deflate.Stream))
		d.Say(Named(c.say))
		for _, octet := range c.octets {
			d.Hear(&oracle.Event{Kind: oracle.EventReceived, Data: []byte{octet}, N: 1})
		}
		if got := d.Answer(false).Text; got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestContextReference demands that the message that refers to an earlier one is
// what the peer is to send back.
func TestContextReference(t *testing.T) {
	d := NewDialogue(wsproto.Server, nil)
	z := deflate.NewInflater(deflate.Stream{}, 1<<10)
	for i, want := range []string{"deflated 0", "ed "} {
		step := d.Say(Named([]string{"deflated", "deflated-context"}[i]))[0]
		content, _, err := z.Message(nil, step.Payload.Data)
		if err != nil || string(content) != want || string(d.owed[i].payload) != want {
			t.Errorf("%q, %v; owed is %q", content, err, d.owed[i].payload)
		}
	}
	if _, _, err := deflate.NewInflater(deflate.Stream{}, 1<<10).Message(nil, contextReference); err == nil {
		t.Error("the reference means something without a context")
	}
}

// TestScripts demands that each script can be read, and says in a comment what it
// does.
func TestScripts(t *testing.T) {
	m := small()
	m.Peer = wsproto.Server
	named := regexp.MustCompile(`^\d{3}-[a-z0-9_-]+\.wsscript$`)
	scripts := m.Scripts()
	if len(scripts) != 6 {
		t.Fatalf("%d scripts", len(scripts))
	}
	for _, s := range scripts {
		script, err := oracle.ParseScript(string(s.Text))
		if err != nil || script.Role != wsproto.Client || !named.MatchString(s.Name) || !strings.HasPrefix(string(s.Text), "# ") {
			t.Errorf("%s: %v\n%s", s.Name, err, s.Text)
		}
	}
	other := small()
	other.Peer = wsproto.Server
	other.Greeting = ""
	other.States[1].Edges[0] = Edge{"close 1002, end", 0}
	d, err := Diff(m, other)
	if err != nil || len(d.Differences) != 2 {
		t.Fatalf("%v, %+v", err, d)
	}
	var b strings.Builder
	if err := d.Write(&b, "a", "other"); err != nil {
		t.Fatal(err)
	}
	const want = "the opening handshake\n  a      text\n  other  nothing\n" +
		"first, text\n  a      close 1002, end, and the connection is over\n  other  close 1002, end\n"
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
	for _, s := range d.Scripts(m, "a\nframe PING", "other") {
		if script, err := oracle.ParseScript(string(s.Text)); err != nil || strings.Contains(script.String(), "PING") {
			t.Errorf("%s: %v\n%s", s.Name, err, s.Text)
		}
	}
}
