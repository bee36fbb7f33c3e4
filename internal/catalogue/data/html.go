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

// makeHTML makes a document of exactly so many octets: some prose, and much of
// the markup that programs write, which becomes a fifteenth by compression.
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
	n := 1
	for ; b.Len()+longest+len(comment)+len(last) < size; n++ {
		section(&r, &b, n)
	}
	for row := 1; b.Len()+1024+len(comment)+len(last) < size; row++ {
		tableRow(&r, &b, n, row)
	}
	b.WriteString(comment)
	b.WriteString(filler(&r, size-b.Len()-len(last)))
	b.WriteString(last)
	return []byte(b.String())
}

// rows is how many rows a table has.
const rows = 40

// section is a heading with a paragraph and a table.
func section(r *random, b *strings.Builder, n int) {
	fmt.Fprintf(b, "<section id=\"s%d\" class=\"chapter\">\n<h2><a href=\"#s%d\">%d. %s</a></h2>\n", n, n, n, title(word(r)))
	paragraph(r, b)
	b.WriteString("<table border=\"0\" cellpadding=\"2\">\n")
	for row := 1; row <= rows; row++ {
		tableRow(r, b, n, row)
	}
	b.WriteString("</table>\n</section>\n")
}

// tableRow is a row of the table of a section. It has less than 1,024 octets.
func tableRow(r *random, b *strings.Builder, section, row int) {
	fmt.Fprintf(b, `         <tr class="station_result_row">
            <td class="station"><a href="#station_%d_%d">Messung %d.%d</a></td>
            <td class="result_good"><a href="station_%d_%d.html">Gut</a><br/><span class="duration">%d&nbsp;ms</span></td>
            <td class="town town_hidden"><span class="town_name">%s</span></td>
         </tr>
`, section, row, section, row, section, row, 1+r.skewed(300), pick(r, towns))
}

// paragraph is some sentences with emphasis and links, the last of them in
// another script.
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
	fmt.Fprintf(b, "<span class=\"quote\">%s</span></p>\n", pick(r, foreign))
}
