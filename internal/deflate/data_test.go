package deflate

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
)

// sample returns n octets of a kind of data, the same each time.
func sample(kind string, n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]byte, 0, n+256)
	for row := 0; len(out) < n; row++ {
		switch kind {
		case "json":
			out = fmt.Appendf(out, `{"id": %d, "name": "user %d", "score": %.3f, "tags": ["%04x", "blue"], "ok": %t},`+"\n",
				row, r.IntN(1000), r.Float64()*100, r.IntN(1<<16), r.IntN(3) > 0)
		case "text":
			for range 10 {
				out = append(out, words[min(r.IntN(len(words)), r.IntN(len(words)))]...)
				out = append(out, ' ')
			}
			out[len(out)-1] = '\n'
		case "bitmap":
			for x := range 128 {
				out = append(out, byte(x+row/2+r.IntN(4)))
			}
		case "noise":
			out = append(out, byte(r.Uint32()))
		case "zeros":
			out = append(out, 0)
		default:
			panic("no such kind: " + kind)
		}
	}
	return out[:n]
}

var (
	kinds = []string{"json", "text", "bitmap", "noise", "zeros"}
	words = makeWords()
)

func makeWords() (list []string) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		word := make([]byte, 2+r.IntN(9))
		for i := range word {
			word[i] = "etaoinshrdlucmfwypvbgkqjxz"[min(r.IntN(26), r.IntN(26))]
		}
		list = append(list, string(word))
	}
	return list
}

// deflateGo returns what compress/flate makes of a message, as RFC 7692 7.2.1
// wants it.
func deflateGo(t testing.TB, message []byte, level int) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, level)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(message); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSuffix(out.Bytes(), flushTail[:])
}

// inChops inflates a message in pieces of n octets.
func inChops(z *Inflater, payload []byte, n int) ([]byte, Report, error) {
	var out []byte
	for at := 0; at < len(payload); at += n {
		out, _ = z.Append(out, payload[at:min(at+n, len(payload))])
	}
	report, err := z.End()
	return out, report, err
}

// inflateGo returns what compress/flate makes of a stream, as far as it gets and
// up to limit octets.
func inflateGo(stream []byte, limit int64) ([]byte, error) {
	var out bytes.Buffer
	_, err := io.Copy(&out, io.LimitReader(flate.NewReader(bytes.NewReader(stream)), limit))
	return out.Bytes(), err
}
