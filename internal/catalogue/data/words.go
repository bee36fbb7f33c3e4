package data

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The parts that words of German sound are put together from.
var (
	particles = strings.Fields("und der die das in zu den ist nicht mit von es sie ein auf so wie im dem auch " +
		"an aus er noch nach bei um nur wenn aber doch hier dort für über unter vor wohl nun schon mehr kein denn")
	prefixes = strings.Fields("ge ver be er an auf aus ent zer vor über unter ab ein mit um durch")
	stems    = strings.Fields("geh seh les schreib trag fahr wind feld haus baum stern licht nacht tag wort bild " +
		"fluss stein weg zeit kraft mut herz land stadt brück tür fenst glück größ häng löf mühl ström träum " +
		"wäld schlüss grün blau rot hell dunk still laut schnell lang kurz tief hoch weit nah kalt warm alt jung " +
		"neu rein voll leer fest weich hart süß")
	suffixes = strings.Fields("en e er t te ung lich ig heit keit los sam bar end est et schaft haft chen")
)

// word is one word, a common or a made-up one.
func word(r *random) string {
	if r.below(5) < 2 {
		return particles[r.skewed(len(particles))]
	}
	var b strings.Builder
	if r.below(3) == 0 {
		b.WriteString(pick(r, prefixes))
	}
	b.WriteString(pick(r, stems))
	if r.below(6) == 0 {
		b.WriteString(pick(r, stems))
	}
	b.WriteString(suffixes[r.skewed(len(suffixes))])
	if r.below(4) == 0 {
		return title(b.String())
	}
	return b.String()
}

// title is the word with a capital.
func title(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[n:]
}

// sentence is a number of words with commas and a stop.
func sentence(r *random) string {
	n := 4 + r.below(14)
	var b strings.Builder
	for i := range n {
		w := word(r)
		if i == 0 {
			w = title(w)
		}
		b.WriteString(w)
		switch {
		case i == n-1:
			b.WriteByte("...!?"[r.below(5)])
		case i > 1 && r.below(8) == 0:
			b.WriteString(", ")
		default:
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// filler is n octets of ASCII words.
func filler(r *random, n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString("filler ")
		b.WriteString(pick(r, suffixes))
		b.WriteByte(' ')
	}
	return b.String()[:n]
}
