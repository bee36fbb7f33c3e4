package catalogue

import (
	"iter"
	"slices"
	"unicode/utf8"

	"github.com/wscheck/wscheck/internal/catalogue/data"
	"github.com/wscheck/wscheck/internal/dialect"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// carrier is a message of the dialect.
type carrier struct {
	op     wsproto.Opcode
	octets []byte
	asks   bool // and is answered
}

// carrier makes a message that carries what one of ours does: of the same length if
// its content does not matter, and else with the same content in it.
func (w *rewriting) carrier(op wsproto.Opcode, content []byte, size int) (carrier, bool) {
	if w.speech != nil && w.speech.Stream && size == 0 {
		return carrier{op: w.speech.Exchanges[0].Ask.Opcode}, true
	}
	if w.speech == nil || size == 0 || size > longestCarrier || op == wsproto.OpText && !utf8.Valid(content) ||
		op != wsproto.OpText && op != wsproto.OpBinary {
		return carrier{}, false
	}
	plain := size >= plainFrom || isSimple(content)
	exchanges := w.speech.Exchanges
	form := func(i int) (m *dialect.Message, asks bool) {
		if i < len(exchanges) {
			return &exchanges[i].Ask, true
		}
		return &w.speech.Fillers[i-len(exchanges)], false
	}
	for _, same := range []bool{true, false} {
		for i := range len(exchanges) + len(w.speech.Fillers) {
			m, asks := form(i)
			if (m.Opcode == op) != same {
				continue
			}
			filling := content
			if plain {
				n, ok := m.Fit(size)
				if !ok {
					continue
				}
				filling = m.Filling((*w.scratch)[:0], n)
				*w.scratch = filling
			} else if !m.Takes(content) {
				continue
			}
			return w.make(m, filling, asks), true
		}
	}
	m, asks := form(0)
	filling := m.Filling(nil, 0)
	if m.Takes(content) {
		filling = content
	}
	return w.make(m, filling, asks), true
}

func (w *rewriting) make(m *dialect.Message, filling []byte, asks bool) carrier {
	v := w.values()
	v.Filling = filling
	return carrier{m.Opcode, m.AppendTo(make([]byte, 0, m.Size(len(filling))), v), asks}
}

// content returns the octets of payloads of so many octets together; nil where they are
// too many. They are valid until a message is made of them.
func (w *rewriting) content(payloads iter.Seq[*oracle.Payload], size int) (octets []byte) {
	if size > longestCarrier || w.speech == nil {
		return nil
	}
	octets = slices.Grow((*w.scratch)[:0], size)
	for p := range payloads {
		if p.Source != "" {
			octets = append(octets, data.Window(p.Source, p.Offset, p.Len)...)
		} else {
			octets = p.AppendRange(octets, 0, p.Size())
		}
	}
	*w.scratch = octets
	return octets
}

// share divides a message of n octets among frames that had size octets, in these sizes.
// What it is longer by goes to the largest of them, and what it is shorter by comes from
// the largest.
func share(sizes []int, size, n int) {
	largest := func() int { return slices.Index(sizes, slices.Max(sizes)) }
	if n > size {
		sizes[largest()] += n - size
	}
	for less := size - n; less > 0; {
		i := largest()
		take := min(less, (sizes[i]+1)/2)
		sizes[i] -= take
		less -= take
	}
}

// isSimple reports whether nothing depends on what a message says.
func isSimple(content []byte) bool {
	for _, c := range content {
		if !simple[c] {
			return false
		}
	}
	return true
}

// simple are the octets of messages that say nothing.
var simple = func() (is [256]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 !,.-*_") {
		is[c] = true
	}
	return is
}()
