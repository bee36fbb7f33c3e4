package data

import (
	"fmt"
	"strings"
)

// Names, places and events of the records. Some lie beyond ASCII.
var (
	givenNames = strings.Fields("Anna Ben Clara David Emma Felix Greta Hugo Ida Jonas Klara Leo Mia Noah Olga Paul " +
		"Rosa Sam Tilda Uwe Vera Willi Zoë Jürgen Søren José Łucja Ελένη Юрий 美咲")
	familyNames = strings.Fields("Adler Bauer Clausen Dorn Engel Fischer Graf Hahn Imhof Jahn Keller Lang Moser Nagel " +
		"Ott Peters Quast Roth Seidel Thoma Ulrich Vogt Weber Zander Müller Groß Ångström Dvořák Παπάς 田中")
	towns     = []string{"Aachen", "Berlin", "Cádiz", "Dublin", "Essen", "Firenze", "Genève", "Hamburg", "İzmir", "Jena", "København", "Łódź", "München", "Αθήνα", "Москва", "東京"}
	jsonTags  = strings.Fields("alpha beta gamma delta urgent archived draft public private verified imported external")
	jsonTypes = strings.Fields("login logout created updated deleted shared viewed exported failed retried")
)

// makeJSON makes an array of records that has exactly so many octets.
func makeJSON(size int) []byte {
	const (
		first = "[\n"
		last  = "\n]\n"
		// No record is longer, and the last one, which makes up for the rest,
		// is not shorter than its keys.
		longest, keys = 2048, len(`{"id": 1000000, "comment": ""}`)
	)
	r := random(0x6a736f6e)
	var b strings.Builder
	b.WriteString(first)
	id := 1_000_000
	for ; b.Len()+longest+keys+len(last) < size; id++ {
		b.WriteString(record(&r, id))
		b.WriteString(",\n")
	}
	fmt.Fprintf(&b, `{"id": %d, "comment": "%s"}`, id, filler(&r, size-b.Len()-keys-len(last)))
	b.WriteString(last)
	return []byte(b.String())
}

// record is one object on a line.
func record(r *random, id int) string {
	given, family := pick(r, givenNames), pick(r, familyNames)
	var b strings.Builder
	fmt.Fprintf(&b, `{"id": %d, "guid": "%016x%016x", "active": %t, "name": {"given": "%s", "family": "%s"}`,
		id, r.next(), r.next(), r.below(2) == 0, given, family)
	fmt.Fprintf(&b, `, "email": "user%d@example.com", "phone": "+%d %d", "balance": %d.%02d`,
		id, 1+r.below(99), 1_000_000+r.below(9_000_000), r.below(10_000), r.below(100))
	fmt.Fprintf(&b, `, "address": {"street": "%s %d", "town": "%s", "code": "%05d", "position": [%d.%06d, -%d.%06d]}`,
		title(pick(r, stems))+"weg", 1+r.below(200), pick(r, towns), r.below(100_000),
		r.below(90), r.below(1_000_000), r.below(180), r.below(1_000_000))
	b.WriteString(`, "tags": [`)
	for i := range 1 + r.below(5) {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, `"%s"`, pick(r, jsonTags))
	}
	b.WriteString(`], "events": [`)
	for i := range r.below(6) {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, `{"type": "%s", "at": "20%02d-%02d-%02dT%02d:%02d:%02dZ", "source": null}`,
			pick(r, jsonTypes), 10+r.below(15), 1+r.below(12), 1+r.below(28), r.below(24), r.below(60), r.below(60))
	}
	fmt.Fprintf(&b, `], "about": "%s"}`, sentence(r))
	return b.String()
}
