package data

import (
	"fmt"
	"strings"
)

// Sentences of other scripts, so that code points of two, three and four
// octets lie among the markup.
var foreign = []string{
	"Το νερό κυλάει αργά κάτω από τη γέφυρα.",
	"Вода медленно течёт под мостом, и вечер тих.",
	"橋の下を水がゆっくりと流れていく。",
	"다리 아래로 물이 천천히 흐른다.",
	"Voda pod mostem plyne zvolna, večer je tichý a příjemný.",
	"🌉 🌊 🌙 — 𝄞 𝐀𝐁𝐂",
}

// makeHTML makes a document of exactly so many octets.
func makeHTML(size int) []byte {
	const (
		first = "<!DOCTYPE html>\n<html lang=\"de\">\n<head>\n<meta charset=\"utf-8\">\n<title>Prüfseite</title>\n" +
			"<link rel=\"stylesheet\" href=\"style.css\">\n</head>\n<body>\n"
		last    = " -->\n</body>\n</html>\n"
		comment = "<!-- "
		// No section is longer.
		longest = 16384
	)
	r := random(0x68746d6c)
	var b strings.Builder
	b.WriteString(first)
	for n := 1; b.Len()+longest+len(comment)+len(last) < size; n++ {
		section(&r, &b, n)
	}
	for b.Len()+len(comment)+len(last)+1024 < size {
		paragraph(&r, &b)
	}
	b.WriteString(comment)
	b.WriteString(filler(&r, size-b.Len()-len(last)))
	b.WriteString(last)
	return []byte(b.String())
}

// section is a heading with paragraphs, a list and a table.
func section(r *random, b *strings.Builder, n int) {
	fmt.Fprintf(b, "<section id=\"s%d\" class=\"chapter\">\n<h2><a href=\"#s%d\">%d. %s</a></h2>\n", n, n, n, title(word(r)))
	for range 1 + r.below(4) {
		paragraph(r, b)
	}
	b.WriteString("<ul class=\"links\">\n")
	for range 2 + r.below(5) {
		fmt.Fprintf(b, "  <li><a href=\"/seite/%d?ort=%s&amp;nr=%d\" title=\"%s\">%s</a></li>\n",
			r.below(10_000), pick(r, stems), r.below(100), word(r), word(r))
	}
	b.WriteString("</ul>\n<table border=\"0\" cellpadding=\"2\">\n")
	for range 2 + r.below(6) {
		fmt.Fprintf(b, "  <tr><td>%s</td><td align=\"right\">%d,%02d&nbsp;€</td><td>%s</td></tr>\n",
			title(word(r)), r.below(1000), r.below(100), pick(r, towns))
	}
	b.WriteString("</table>\n</section>\n")
}

// paragraph is some sentences with emphasis and links, the last of them at
// times in another script. It has less than 1,024 octets.
func paragraph(r *random, b *strings.Builder) {
	b.WriteString("<p class=\"body\">")
	for range 1 + r.below(2) {
		switch s := sentence(r); r.below(4) {
		case 0:
			fmt.Fprintf(b, "<em>%s</em> ", s)
		case 1:
			fmt.Fprintf(b, "<a href=\"https://example.com/%d.html\">%s</a> ", r.below(1000), s)
		default:
			b.WriteString(s + " ")
		}
	}
	if r.below(3) == 0 {
		fmt.Fprintf(b, "<span class=\"quote\">%s</span>", pick(r, foreign))
	}
	b.WriteString("</p>\n")
}
