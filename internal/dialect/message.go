package dialect

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"

	"github.com/wscheck/wscheck/internal/utf8stream"
	"github.com/wscheck/wscheck/wsproto"
)

// Values are what stands in the places of a message that differ from one to the
// next.
type Values struct {
	Counter int    // 0 to 899999; it is written as 100000 more
	Nonce   string // eight small letters
	Filling []byte
}

const (
	counterBase   = 100000
	counterDigits = 6
	nonceLetters  = 8
)

// MaxCounter is the number of different counters.
const MaxCounter = 9 * counterBase

// AppendTo appends the message with these values. A part of any octets is left
// out.
func (m *Message) AppendTo(b []byte, v *Values) []byte {
	for i := range m.Parts {
		b = m.Parts[i].append(b, v)
	}
	return b
}

func (p *Part) append(b []byte, v *Values) []byte {
	switch p.Kind {
	case Literal:
		return append(b, p.Text...)
	case Counter:
		return strconv.AppendInt(b, int64(counterBase+v.Counter%MaxCounter), 10)
	case Nonce:
		return append(b, v.Nonce...)
	case Size:
		return strconv.AppendInt(b, int64(len(v.Filling)+p.Plus), 10)
	case Varint:
		return appendVarint(b, len(v.Filling)+p.Plus)
	case Any:
		return b
	}
	return append(b, v.Filling...)
}

// appendVarint appends a number in octets of seven bits, the lowest first; the
// eighth bit says that there are more (MQTT 5.0 1.5.5).
func appendVarint(b []byte, n int) []byte {
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}

// maxVarint is the largest number that MQTT can write so.
const maxVarint = 1<<28 - 1

// Size returns how many octets the message has with so many octets of filling.
func (m *Message) Size(filling int) (octets int) {
	for i := range m.Parts {
		switch p := &m.Parts[i]; {
		case p.Kind == Literal:
			octets += len(p.Text)
		case p.Kind == Counter:
			octets += counterDigits
		case p.Kind == Nonce:
			octets += nonceLetters
		case p.Kind == Size:
			octets += len(strconv.Itoa(filling + p.Plus))
		case p.Kind == Varint:
			octets += len(appendVarint(nil, filling+p.Plus))
		case p.Kind.fills():
			octets += filling
		}
	}
	return octets
}

// Fit returns how many octets of filling make a message of so many octets. ok is
// false where none do.
func (m *Message) Fit(octets int) (filling int, ok bool) {
	if m.filling() < 0 {
		return 0, m.Size(0) == octets
	}
	// The size may take a digit more than at first.
	for filling = max(0, octets-m.Size(0)-16); filling <= octets; filling++ {
		switch size := m.Size(filling); {
		case size == octets:
			return filling, !m.Has(Varint) || filling+m.plus() <= maxVarint
		case size > octets:
			return 0, false
		}
	}
	return 0, false
}

// plus returns the largest number that is added to the size of the filling.
func (m *Message) plus() (most int) {
	for i := range m.Parts {
		most = max(most, m.Parts[i].Plus)
	}
	return most
}

// Fills reports whether the message has a part that is as long as one likes.
func (m *Message) Fills() bool { return m.filling() >= 0 }

// Takes reports whether these octets can be the filling.
func (m *Message) Takes(filling []byte) bool {
	i := m.filling()
	return i >= 0 && m.Parts[i].Kind.takes(filling)
}

func (k Kind) takes(filling []byte) bool {
	switch k {
	case Octets:
		return true
	case Text:
		var text utf8stream.Checker
		_, ok := text.Write(filling)
		return ok && text.Complete() && !bytes.ContainsFunc(filling, func(r rune) bool {
			return r < ' ' || r == '"' || r == '\\' || r == '\'' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029
		})
	case Letters:
		for _, c := range filling {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
				return false
			}
		}
		return true
	case Blanks:
		return len(bytes.Trim(filling, " ")) == 0
	}
	return false
}

// Filling appends so many octets that the message takes.
func (m *Message) Filling(b []byte, octets int) []byte {
	unit := "wscheck0"
	if i := m.filling(); i >= 0 && m.Parts[i].Kind == Blanks {
		unit = "        "
	}
	start := len(b)
	b = slices.Grow(b, octets)[:start+octets]
	for n := copy(b[start:], unit); n < octets; n *= 2 {
		copy(b[start+n:], b[start:start+n])
	}
	return b
}

// Read takes a message of ours apart. ok is false where it is another one.
func (m *Message) Read(op wsproto.Opcode, msg []byte) (v Values, ok bool) {
	if m.Opcode != op {
		return v, false
	}
	rest := msg
	for i := range m.Parts {
		p := &m.Parts[i]
		n := 0
		switch {
		case p.Kind == Literal:
			n = len(p.Text)
		case p.Kind == Counter:
			n = counterDigits
		case p.Kind == Nonce:
			n = nonceLetters
		case p.Kind == Size:
			for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
				n++
			}
		case p.Kind == Varint:
			for n < len(rest) && rest[n] >= 0x80 {
				n++
			}
			n++
		default:
			after := Message{Parts: m.Parts[i+1:]}
			n = len(rest) - after.Size(0)
		}
		if n < 0 || n > len(rest) {
			return v, false
		}
		piece := rest[:n]
		rest = rest[n:]
		switch {
		case p.Kind == Counter:
			number, err := strconv.Atoi(string(piece))
			if err != nil || number < counterBase {
				return v, false
			}
			v.Counter = number - counterBase
		case p.Kind == Nonce:
			if v.Nonce = string(piece); !Letters.takes(piece) {
				return v, false
			}
		case p.Kind.fills():
			if v.Filling = piece; !p.Kind.takes(piece) {
				return v, false
			}
		}
	}
	// The sizes, and what stands twice, are right if the message is the same again.
	return v, len(rest) == 0 && begin(m.Parts, msg, &v) == len(msg)
}

// begin returns how many of the octets the parts are with these values, and -1 where the
// octets do not begin with them.
func begin(parts []Part, octets []byte, v *Values) (n int) {
	for i := range parts {
		more := parts[i].begin(octets[n:], v)
		if more < 0 {
			return -1
		}
		n += more
	}
	return n
}

func (p *Part) begin(octets []byte, v *Values) int {
	text := p.Text
	switch {
	case p.Kind == Nonce:
		text = v.Nonce
	case p.Kind != Literal:
		var room [20]byte
		want := v.Filling
		if !p.Kind.fills() {
			want = p.append(room[:0], v)
		}
		if !bytes.HasPrefix(octets, want) {
			return -1
		}
		return len(want)
	}
	if len(octets) < len(text) || string(octets[:len(text)]) != text {
		return -1
	}
	return len(text)
}

// Begins reports whether a message of ours that begins with these octets may be one
// of this form.
func (m *Message) Begins(op wsproto.Opcode, octets []byte) bool {
	if m.Opcode != op {
		return false
	}
	for i := range m.Parts {
		p := &m.Parts[i]
		n := 0
		switch {
		case len(octets) == 0 || p.Kind.fills():
			return true
		case p.Kind == Literal:
			if n = min(len(octets), len(p.Text)); string(octets[:n]) != p.Text[:n] {
				return false
			}
		case p.Kind == Varint:
			for n < len(octets) && octets[n] >= 0x80 {
				n++
			}
			n = min(n+1, len(octets))
		case p.Kind == Nonce:
			if n = min(len(octets), nonceLetters); !Letters.takes(octets[:n]) {
				return false
			}
		default: // digits
			for n < len(octets) && octets[n] >= '0' && octets[n] <= '9' {
				n++
			}
		}
		octets = octets[n:]
	}
	return len(octets) == 0
}

// Find looks for the message of the peer's in its octets, with these values: it is
// all of them, or with loose anywhere among them. It returns where it ends, and -1
// where it is not there.
func (m *Message) Find(octets []byte, v *Values, loose bool) int {
	at, free := 0, loose // free: anything may stand before what comes next
	for i := 0; i < len(m.Parts); {
		if m.Parts[i].Kind == Any {
			free = true
			i++
			continue
		}
		run := m.Parts[i:]
		if n := slices.IndexFunc(run, func(p Part) bool { return p.Kind == Any }); n >= 0 {
			run = run[:n]
		}
		i += len(run)
		if !free {
			n := begin(run, octets[at:], v)
			if n < 0 {
				return -1
			}
			at += n
			continue
		}
		var room [128]byte
		fixed := room[:0]
		for k := range run {
			fixed = run[k].append(fixed, v)
		}
		if i == len(m.Parts) && !loose {
			n := len(octets) - len(fixed)
			if n < at || !bytes.Equal(octets[n:], fixed) {
				return -1
			}
			return len(octets)
		}
		n := bytes.Index(octets[at:], fixed)
		if n < 0 {
			return -1
		}
		at += n + len(fixed)
		free = false
	}
	if free && !loose {
		return len(octets)
	}
	if !loose && at != len(octets) {
		return -1
	}
	return at
}

// Unique reports whether the message has what no other message has.
func (m *Message) Unique() bool { return m.Has(Counter) || m.Has(Nonce) }

// Show is the message with these values for people.
func (m *Message) Show(v *Values) string {
	op := m.Opcode
	if op == wsproto.OpContinuation {
		return fmt.Sprintf("a message like %q", m.AppendTo(nil, v))
	}
	return wsproto.NewFrame(op, true, m.AppendTo(nil, v)).String()
}
