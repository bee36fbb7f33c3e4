package data_test

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wscheck/wscheck/internal/catalogue/data"
)

var facts = []struct {
	kind        string
	size        int
	utf8        bool
	least, most float64 // compressed size for one octet
	sum         string
}{
	{data.Bitmap, 263_222, false, 0.60, 0.95, "638cbccd10cfa8909c21af3ab630c58e7f057ad979adc740d0222efe141b7787"},
	{data.HTML, 263_647, true, 0.03, 0.10, "e4fc2e4eba9ddcee23b747401867aa615aa2ddf04a73c232ab8ccf6f499edbe3"},
	{data.JSON, 194_056, true, 0.03, 0.10, "1beed9db8ecf36da37894c785eb79171aec38a33d4faac4b8434b126f976a688"},
	{data.PDF, 1_042_328, false, 0.90, 0.98, "33527bcd89787c4603d16f8b8d4010b0284d0000d46dfb9ea9cd9a1eef0d582c"},
	{data.Text, 222_218, false, 0.25, 0.50, "976bbf76897afc8451d4f1242849b13d2fd942cb21aa91e8b3187322b0d47fc9"},
}

func TestSets(t *testing.T) {
	var kinds []string
	for _, f := range facts {
		kinds = append(kinds, f.kind)
		t.Run(f.kind, func(t *testing.T) {
			b := data.Get(f.kind)
			if len(b) != f.size {
				t.Errorf("%d octets, want %d", len(b), f.size)
			}
			if got := utf8.Valid(b); got != f.utf8 {
				t.Errorf("UTF-8: %t, want %t", got, f.utf8)
			}
			if f.utf8 && utf8.RuneCount(b) == len(b) {
				t.Error("nothing beyond ASCII")
			}
			if ratio := compressed(t, b) / float64(f.size); ratio < f.least || ratio > f.most {
				t.Errorf("compressed to %.3f, want between %.2f and %.2f", ratio, f.least, f.most)
			}
			// The octets are part of what a case is: they stay the same.
			sum := sha256.Sum256(b)
			if got := hex.EncodeToString(sum[:]); got != f.sum {
				t.Errorf("digest %s, want %s", got, f.sum)
			}
			if again := data.Get(f.kind); &again[0] != &b[0] {
				t.Error("made twice")
			}
		})
	}
	if got := data.Kinds(); !slices.Equal(got, kinds) {
		t.Errorf("kinds %v, want %v", got, kinds)
	}
	if data.Get("no such set") != nil {
		t.Error("a set that does not exist")
	}
}

func compressed(t *testing.T, b []byte) float64 {
	t.Helper()
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.DefaultCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return float64(out.Len())
}

func TestJSONIsJSON(t *testing.T) {
	var records []map[string]any
	if err := json.Unmarshal(data.Get(data.JSON), &records); err != nil {
		t.Fatal(err)
	}
	if len(records) < 100 {
		t.Errorf("%d records", len(records))
	}
}

func TestTextHasLines(t *testing.T) {
	lines := strings.Split(string(data.Get(data.Text)), "\r\n")
	if last := lines[len(lines)-1]; last != "" {
		t.Errorf("the last line %q does not end", last)
	}
	for i, line := range lines {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n") {
			t.Errorf("line %d: %q", i+1, line)
		}
	}
}

func TestHTMLIsWhole(t *testing.T) {
	s := string(data.Get(data.HTML))
	if !strings.HasPrefix(s, "<!DOCTYPE html>") || !strings.HasSuffix(s, "</html>\n") {
		t.Errorf("from %q to %q", s[:20], s[len(s)-20:])
	}
	for _, tag := range []string{"section", "p", "table", "tr", "td", "em", "span", "h2", "body"} {
		opened := strings.Count(s, "<"+tag+">") + strings.Count(s, "<"+tag+" ")
		if closed := strings.Count(s, "</"+tag+">"); opened != closed || opened == 0 {
			t.Errorf("<%s> is opened %d times and closed %d times", tag, opened, closed)
		}
	}
}

func TestBitmapHeader(t *testing.T) {
	b := data.Get(data.Bitmap)
	if string(b[:2]) != "BM" {
		t.Errorf("it begins with %q", b[:2])
	}
	for name, f := range map[string][2]int{
		"size": {2, len(b)}, "pixels": {10, len(b) - 512*512}, "width": {18, 512}, "height": {22, 512},
	} {
		if got := int(binary.LittleEndian.Uint32(b[f[0]:])); got != f[1] {
			t.Errorf("%s: %d, want %d", name, got, f[1])
		}
	}
}

// TestPDFReferences follows the table of references to every object.
func TestPDFReferences(t *testing.T) {
	s := string(data.Get(data.PDF))
	_, tail, _ := strings.Cut(s[len(s)-64:], "startxref\n")
	number, eof, _ := strings.Cut(tail, "\n")
	table, err := strconv.Atoi(number)
	if err != nil || eof != "%%EOF\n" || !strings.HasPrefix(s[table:], "xref\n") {
		t.Fatalf("bad end: %q", tail)
	}
	rows := strings.Split(s[table:], "\n")[3:]
	n := 0
	for ; strings.HasSuffix(rows[n], " n "); n++ {
		at, err := strconv.Atoi(rows[n][:10])
		if err != nil {
			t.Fatal(err)
		}
		if want := strconv.Itoa(n+1) + " 0 obj\n"; !strings.HasPrefix(s[at:], want) {
			t.Errorf("object %d: offset %d has %q", n+1, at, s[at:at+10])
		}
	}
	if n < 10 {
		t.Errorf("%d objects", n)
	}
}

func TestWindow(t *testing.T) {
	for _, f := range facts {
		for _, n := range []int{1, 16, 1000, 1024, 131_072, f.size - 1, f.size, f.size + 1, 3*f.size + 17} {
			t.Run(f.kind+"/"+strconv.Itoa(n), func(t *testing.T) {
				all := data.Get(f.kind)
				rounds := max(3, min(2*f.size/n, 200))
				var got []byte
				for i := range rounds {
					w := data.Window(f.kind, i*n, n)
					if f.utf8 && !utf8.Valid(w) {
						t.Fatalf("window %d is not UTF-8", i)
					}
					if d := len(w) - n; d != 0 && (!f.utf8 || d < -3 || d > 3) {
						t.Fatalf("window %d has %d octets", i, len(w))
					}
					got = append(got, w...)
				}
				// Windows that follow each other lose and repeat nothing.
				want := bytes.Repeat(all, len(got)/len(all)+1)[:len(got)]
				if !bytes.Equal(got, want) {
					t.Error("the windows do not make up the set")
				}
			})
		}
	}
}

// TestWindowWraps looks at the windows about the end of a set.
func TestWindowWraps(t *testing.T) {
	all := data.Get(data.Bitmap)
	n := len(all)
	for offset := n - 20; offset < n+20; offset++ {
		want := append(bytes.Clone(all), all...)[offset:][:16]
		for _, turn := range []int{0, n, 1000 * n} {
			if got := data.Window(data.Bitmap, offset+turn, 16); !bytes.Equal(got, want) {
				t.Errorf("offset %d: % x, want % x", offset+turn, got, want)
			}
		}
	}
}

// TestWindowWithinCodePoint cuts a text at every octet of its longer code
// points.
func TestWindowWithinCodePoint(t *testing.T) {
	all := data.Get(data.HTML)
	at := bytes.Index(all, []byte("𝄞"))
	if at < 0 {
		t.Fatal("the code point is not in the text")
	}
	for i := range 4 {
		if got := data.Window(data.HTML, at+i, 4-i); string(got) != "𝄞" {
			t.Errorf("offset %d within: %q", i, got)
		}
		if got := data.Window(data.HTML, at, i); len(got) != 0 {
			t.Errorf("%d octets of the code point: %q", i, got)
		}
	}
}

func TestWindowBounds(t *testing.T) {
	for _, w := range []struct {
		kind      string
		offset, n int
	}{
		{"no such set", 0, 1},
		{data.JSON, -1, 1},
		{data.JSON, 0, -1},
		{data.JSON, 0, data.MaxWindow + 1},
	} {
		if got := data.Window(w.kind, w.offset, w.n); got != nil {
			t.Errorf("%+v: %d octets, want nil", w, len(got))
		}
	}
	if got := data.Window(data.Text, 0, data.MaxWindow); len(got) != data.MaxWindow {
		t.Errorf("the largest window has %d octets", len(got))
	}
	if got := data.Window(data.Text, 5, 0); got == nil || len(got) != 0 {
		t.Errorf("an empty window is %v", got)
	}
}

// TestWindowShared makes sure that appending to a window leaves the set alone.
func TestWindowShared(t *testing.T) {
	before := bytes.Clone(data.Get(data.Text)[:20])
	_ = append(data.Window(data.Text, 0, 10), "overwritten"...)
	if got := data.Get(data.Text)[:20]; !bytes.Equal(got, before) {
		t.Errorf("the set begins with %q now, want %q", got, before)
	}
}
