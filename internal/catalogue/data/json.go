package data

import (
	"fmt"
	"strings"
)

// What the records are about. Some of it lies beyond ASCII.
var (
	towns      = []string{"Aachen", "Berlin", "Cádiz", "Dublin", "Essen", "Firenze", "Genève", "Hamburg", "İzmir", "Jena", "København", "Łódź", "München", "Αθήνα", "Москва", "東京"}
	conditions = strings.Fields("good good good good good good good fair fair poor")
)

// makeJSON makes an array of records that has exactly so many octets. They are
// as alike as those that programs write: what differs from one to the next is some
// numbers, so that they become a twentieth by compression.
func makeJSON(size int) []byte {
	const (
		first = "[\n"
		last  = "\n]\n"
		// No record is longer, and the last one, which makes up for the rest,
		// is not shorter than its keys.
		longest, keys = 2048, len("   {\n      \"id\": 1000000,\n      \"comment\": \"\"\n   }")
	)
	r := random(0x6a736f6e)
	var b strings.Builder
	b.WriteString(first)
	id := 1_000_000
	for ; b.Len()+longest+keys+len(last) < size; id++ {
		b.WriteString(record(&r, id))
		b.WriteString(",\n")
	}
	fmt.Fprintf(&b, "   {\n      \"id\": %d,\n      \"comment\": \"%s\"\n   }", id, filler(&r, size-b.Len()-keys-len(last)))
	b.WriteString(last)
	return []byte(b.String())
}

// perStation is how many records in a row are of one station.
const perStation = 40

// record is one object, a line for each of its keys.
func record(r *random, id int) string {
	n := id - 1_000_000
	return fmt.Sprintf(`   {
      "id": %d,
      "station": "%s",
      "condition": "%s",
      "temperature": %d,
      "unit": "degrees Celsius",
      "valid": true,
      "next": null,
      "picture": "station_%03d_record_%d.png"
   }`, id, towns[n/perStation%len(towns)], pick(r, conditions), 5+r.skewed(30), n/perStation, id)
}
