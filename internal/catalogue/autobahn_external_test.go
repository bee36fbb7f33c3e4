package catalogue_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/catalogue/data"
	"github.com/wscheck/wscheck/wsproto"
)

// digests hold the tables where the recorded cases are not at hand. Each is of
// the canonical text of a section's cases, less the words of descriptions and
// expectations.
var digests = []struct {
	section string
	cases   int
	sum     string
}{
	{"1", 16, "c373121308b553c8a8e12a9e64606c425fca3c192ca83f68836d03b7399d9088"},
	{"2", 11, "b739243ea73334e2d647ca7b302a73c53c303f45151620ad551b0205ed053d0f"},
	{"3", 7, "2cba630de17c5433d04495b9d18925ad48df72931bbc75ce7a359eece6af9283"},
	{"4", 10, "eadb66da59198d92d9f375b1d2021f33fb50efa13f46850d6e66086a470b70ca"},
	{"5", 20, "4a7549d4ef6c939674e2a5dcc1b39dd51e3b16704e9750dedaf0e9a30809a797"},
	{"6", 145, "9eb608d9474a03f8d1a3a6e6e9aff96f8960c1f326fcee7ec2f2ac55fc0169c1"},
	{"7", 37, "74a1917a276c9a59db143d5b0f40c2d2e8d450b437c97ba8fc9aac2fc874b2f2"},
	{"9", 54, "0b421e19e24018b6f27e521aba2f460b154dff8042c5a35d9a399cb54836ca9b"},
	{"10", 1, "164fbdb1b7de17b3e96608d8c8f4653b504bdd96e78907a1acf459eb0a20de16"},
	{"12", 90, "1749488ca2f86e7dadb2dec852827b8f9575409b8549a950877c636f0debcf99"},
	{"13", 126, "408051793ae66dc13b20dd19dfee0a570633f8a4cf3ad1fc741119e3286dd4e7"},
}

func TestAutobahnDigests(t *testing.T) {
	cases := catalogue.Autobahn()
	for _, d := range digests {
		t.Run(d.section, func(t *testing.T) {
			n := 0
			h := sha256.New()
			for n < len(cases) && strings.HasPrefix(cases[n].ID, catalogue.AutobahnPrefix+d.section+".") {
				h.Write([]byte(canonical(cases[n])))
				n++
			}
			cases = cases[n:]
			if n != d.cases {
				t.Errorf("%d cases, want %d", n, d.cases)
			}
			if sum := hex.EncodeToString(h.Sum(nil)); sum != d.sum {
				t.Errorf("digest %s, want %s", sum, d.sum)
			}
		})
	}
	if len(cases) > 0 {
		t.Errorf("%d cases beyond the last section, from %s on", len(cases), cases[0].ID)
	}
}

func TestAutobahnOrder(t *testing.T) {
	cases := catalogue.Autobahn()
	if len(cases) != 517 {
		t.Fatalf("%d cases, want 517", len(cases))
	}
	if got := cases[301].ID; got != "autobahn/12.1.1" {
		t.Errorf("after the first 301 cases comes %s, want autobahn/12.1.1", got)
	}
	for i, c := range cases {
		if c.Number != i+1 {
			t.Errorf("%s has number %d, want %d", c.ID, c.Number, i+1)
		}
	}
}

// TestAutobahnShared makes sure that a caller who sorts or cuts the list does
// not do so for others.
func TestAutobahnShared(t *testing.T) {
	slices.Reverse(catalogue.Autobahn())
	if got := catalogue.Autobahn()[0].ID; got != "autobahn/1.1.1" {
		t.Errorf("first case %s, want autobahn/1.1.1", got)
	}
}

// TestAutobahnWords holds the words of a case to what reports need: sentences
// of plain text, and the sections of the RFCs.
func TestAutobahnWords(t *testing.T) {
	sends := make(map[string]string)
	for _, c := range catalogue.Autobahn() {
		for what, s := range map[string]string{"description": c.Description, "expectation": c.Expectation} {
			switch {
			case !utf8.ValidString(s):
				t.Errorf("%s: %s is not UTF-8: %q", c.ID, what, s)
			case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == utf8.RuneError }):
				t.Errorf("%s: %s has control characters: %q", c.ID, what, s)
			case !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, ".)"):
				t.Errorf("%s: %s does not end in a full stop: %q", c.ID, what, s)
			case strings.Contains(s, "  ") || strings.Contains(s, "..") || strings.Contains(s, "%!"):
				t.Errorf("%s: %s is badly put together: %q", c.ID, what, s)
			}
		}
		if len(c.RFC) == 0 {
			t.Errorf("%s: no section of an RFC", c.ID)
		}
		for _, s := range c.RFC {
			var rfc, section string
			if n, err := fmt.Sscanf(s, "RFC %s %s", &rfc, &section); n != 2 || err != nil {
				t.Errorf("%s: section %q, want a form like \"RFC 6455 5.2\"", c.ID, s)
			}
		}
		sub, _, _ := strings.Cut(c.ID, ".")
		if other, ok := sends[sub+c.Description]; ok {
			t.Errorf("%s has the description of %s: %q", c.ID, other, c.Description)
		}
		sends[sub+c.Description] = c.ID
	}
}

func TestAutobahnFlags(t *testing.T) {
	for _, c := range catalogue.Autobahn() {
		section, _ := c.Sections()
		timed := section.ID == "9" || section.ID == "12" || section.ID == "13"
		if c.Alone != timed || c.Slow != timed {
			t.Errorf("%s: alone %t and slow %t, want %t", c.ID, c.Alone, c.Slow, timed)
		}
		deflate := section.ID == "12" || section.ID == "13"
		if got := c.Autobahn.Deflate; got != deflate {
			t.Errorf("%s: deflate %t, want %t", c.ID, got, deflate)
		}
		if len(c.ServerDeflate) != len(c.Script.Handshake.Offers) || (len(c.ServerDeflate) > 0) != deflate {
			t.Errorf("%s: %d answers for %d offers", c.ID, len(c.ServerDeflate), len(c.Script.Handshake.Offers))
		}
		if (c.Autobahn.Check == autobahn.CheckLists) != (len(c.Autobahn.Outcomes) > 0) {
			t.Errorf("%s: check %d with %d outcomes", c.ID, c.Autobahn.Check, len(c.Autobahn.Outcomes))
		}
	}
}

// TestAutobahnData makes sure that the data sets which cases name exist, and
// that what goes out as text is text.
func TestAutobahnData(t *testing.T) {
	for _, c := range catalogue.Autobahn() {
		for _, s := range c.Script.Steps {
			if s.Payload.Source == "" {
				continue
			}
			for i := range min(s.Count, 5) {
				window := data.Window(s.Payload.Source, s.Payload.Offset+i*s.Payload.Len, s.Payload.Len)
				if len(window) == 0 {
					t.Fatalf("%s: no data in window %d", c.ID, i)
				}
				if s.Frame.Opcode == wsproto.OpText && !utf8.Valid(window) {
					t.Errorf("%s: window %d is not UTF-8", c.ID, i)
				}
			}
		}
	}
}

func TestSections(t *testing.T) {
	for _, c := range catalogue.Autobahn() {
		own := strings.TrimPrefix(c.ID, catalogue.AutobahnPrefix)
		category, sub := c.Sections()
		parts := strings.Split(own, ".")
		if category.ID != parts[0] || category.Name == "" {
			t.Errorf("%s: category %+v", c.ID, category)
		}
		if len(parts) == 2 && sub != (catalogue.Section{}) {
			t.Errorf("%s: subcategory %+v, want none", c.ID, sub)
		}
		if len(parts) == 3 && (sub.ID != parts[0]+"."+parts[1] || sub.Name == "") {
			t.Errorf("%s: subcategory %+v", c.ID, sub)
		}
	}

	// The lists stand in order of execution and name nothing that is not there.
	var ids []string
	seen := make(map[string]bool)
	for _, c := range catalogue.Autobahn() {
		category, sub := c.Sections()
		for _, s := range []catalogue.Section{category, sub} {
			if s.ID != "" && !seen[s.ID] {
				seen[s.ID] = true
				ids = append(ids, s.ID)
			}
		}
	}
	var top, second []string
	for _, id := range ids {
		if strings.Contains(id, ".") {
			second = append(second, id)
		} else {
			top = append(top, id)
		}
	}
	if got := sectionIDs(catalogue.Categories()); !slices.Equal(got, top) {
		t.Errorf("categories %v, want %v", got, top)
	}
	if got := sectionIDs(catalogue.Subcategories()); !slices.Equal(got, second) {
		t.Errorf("subcategories %v, want %v", got, second)
	}

	other := catalogue.Case{ID: "rfc6455/5.5/ping-126"}
	if category, sub := other.Sections(); category != (catalogue.Section{}) || sub != (catalogue.Section{}) {
		t.Errorf("%s: sections %+v and %+v, want none", other.ID, category, sub)
	}
}

func sectionIDs(sections []catalogue.Section) []string {
	var ids []string
	for _, s := range sections {
		ids = append(ids, s.ID)
	}
	return ids
}
