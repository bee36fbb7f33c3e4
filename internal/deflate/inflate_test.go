package deflate

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestInflateLevels(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			for level := flate.HuffmanOnly; level <= flate.BestCompression; level++ {
				for _, n := range []int{0, 1, 2, 3, 70, 5000, 110_000} {
					if n > 5000 && level != 1 && level != 6 {
						continue
					}
					message := sample(kind, n)
					out, report, err := NewInflater(Stream{}, n).Message(nil, deflateGo(t, message, level))
					if err != nil || !bytes.Equal(out, message) {
						t.Fatalf("level %d, %d octets: %d octets, %v", level, n, len(out), err)
					}
					if report.Ending != EndStripped || report.Out != int64(n) || report.Window.Count != 0 {
						t.Fatalf("level %d, %d octets: %+v", level, n, report)
					}
				}
			}
		})
	}
}

// However a payload is cut, the report and the octets are the same, and no octet
// is held back that can be decoded.
func TestInflateChops(t *testing.T) {
	message := bytes.Join([][]byte{sample("json", 3000), sample("noise", 500), sample("zeros", 3000)}, nil)
	payload := NewCompressor(Stream{}).Message(nil, message)
	z := NewInflater(Stream{WindowBits: 9}, len(message))
	want, wantReport, err := z.Message(nil, payload)
	if err != nil || !bytes.Equal(want, message) {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		z.Reset(Stream{WindowBits: 9}, len(message))
		var out []byte
		for rest := payload; len(rest) > 0; {
			n := rapid.IntRange(0, min(len(rest), 400)).Draw(t, "chop")
			if n == 0 {
				n = 1
			}
			out, _ = z.Append(out, rest[:n])
			rest = rest[n:]
			prefix := len(payload) - len(rest)
			z2 := NewInflater(Stream{WindowBits: 9}, len(message))
			if once, _ := z2.Append(nil, payload[:prefix]); !bytes.Equal(once, out) {
				t.Fatalf("after %d octets: %d inflated in pieces, %d at once", prefix, len(out), len(once))
			}
		}
		report, err := z.End()
		if err != nil || !bytes.Equal(out, want) || report != wantReport {
			t.Fatalf("%d octets, %v\ngot  %+v\nwant %+v", len(out), err, report, wantReport)
		}
	})
}

func TestInflateSmallestChops(t *testing.T) {
	for _, kind := range kinds {
		message := sample(kind, 20_000)
		payload := NewCompressor(Stream{}).Message(nil, message)
		for _, n := range []int{1, 2, 7, 15, 16, 1000} {
			out, report, err := inChops(NewInflater(Stream{}, len(message)), payload, n)
			if err != nil || !bytes.Equal(out, message) || report.In != int64(len(payload)) {
				t.Errorf("%s in pieces of %d: %d octets, %v", kind, n, len(out), err)
			}
		}
	}
}

func TestInflateContextTakeover(t *testing.T) {
	var c *flate.Writer
	var out bytes.Buffer
	c, err := flate.NewWriter(&out, 9)
	if err != nil {
		t.Fatal(err)
	}
	z := NewInflater(Stream{}, 1<<20)
	strict := NewInflater(Stream{NoContextTakeover: true}, 1<<20)
	for i := range 60 {
		message := sample("text", 100+i*97)
		out.Reset()
		if _, err := c.Write(message); err != nil {
			t.Fatal(err)
		}
		if err := c.Flush(); err != nil {
			t.Fatal(err)
		}
		payload := bytes.TrimSuffix(out.Bytes(), flushTail[:])
		got, report, err := z.Message(nil, payload)
		if err != nil || !bytes.Equal(got, message) || report.Context.Count != 0 {
			t.Fatalf("message %d: %v, %+v", i, err, report)
		}
		got, report, err = strict.Message(nil, payload)
		if err != nil || !bytes.Equal(got, message) {
			t.Fatalf("message %d: %v", i, err)
		}
		if used := report.Context.Count > 0; used != (i > 0) {
			t.Fatalf("message %d: %+v", i, report)
		}
	}
}

func TestInflaterReset(t *testing.T) {
	z := NewInflater(Stream{}, 100)
	if _, _, err := z.Message(nil, new(Emitter).Stored(false, []byte("before")).Message()); err != nil {
		t.Fatal(err)
	}
	if _, err := z.Append(nil, []byte{0x05}); err != nil {
		t.Fatal(err)
	}
	z.Reset(Stream{WindowBits: 8}, 100)
	_, report, err := z.Message(nil, new(Emitter).Fixed(false).Match(3, 1).EndBlock().Message())
	if want := (Error{FaultDistance, 10}); err != want || report.Start.Count != 1 {
		t.Errorf("got %v, %+v, want %v: the history has to be gone", err, report, want)
	}
}

// A fault ends a message, not the connection.
func TestInflateAfterFault(t *testing.T) {
	z := NewInflater(Stream{}, 100)
	out, report, err := z.Message(nil, new(Emitter).Fixed(false).Literals("abc").Symbol(286).Bytes())
	if !errors.Is(err, FaultLitLenSymbol) || string(out) != "abc" || report.Ending != EndFault {
		t.Fatalf("%q, %v, %+v", out, err, report)
	}
	out, report, err = z.Message(nil, new(Emitter).Fixed(false).Match(3, 3).EndBlock().Message())
	if err != nil || string(out) != "abc" || report.Ending != EndStripped {
		t.Fatalf("%q, %v, %+v", out, err, report)
	}
}

func TestInflateStopsAtFault(t *testing.T) {
	z := NewInflater(Stream{}, 100)
	out, err := z.Append(nil, []byte{0x07})
	again, err2 := z.Append(out, new(Emitter).Fixed(false).Literals("x").EndBlock().Message())
	want := Error{FaultBlockType, 0}
	if err != want || err2 != want || len(again) != 0 {
		t.Errorf("%v, then %v, %q", err, err2, again)
	}
	if report, err := z.End(); err != want || report.In != 4 || report.Err != want {
		t.Errorf("%v, %+v", err, report)
	}
}

func TestInflateLimit(t *testing.T) {
	message := bytes.Join([][]byte{sample("text", 3000), sample("noise", 3000), sample("zeros", 3000)}, nil)
	c := NewCompressor(Stream{})
	payload := c.Part(nil, message[:3000])
	payload = new(Emitter).Raw(payload...).Stored(false, message[3000:6000]).Bytes()
	payload = c.Message(payload, message[6000:])
	z := new(Inflater)
	for limit := 0; limit <= len(message)+1; limit += 1 + limit%97 {
		z.Reset(Stream{}, limit)
		out, report, err := z.Message(nil, payload)
		if limit >= len(message) {
			if err != nil {
				t.Fatalf("limit %d: %v", limit, err)
			}
			continue
		}
		if !errors.Is(err, FaultLimit) || !bytes.Equal(out, message[:limit]) {
			t.Fatalf("limit %d: %d octets, %v", limit, len(out), err)
		}
		z.Reset(Stream{}, limit)
		chopped, report2, _ := inChops(z, payload, 5)
		if report2 != report || !bytes.Equal(chopped, out) {
			t.Fatalf("limit %d in pieces:\n%+v\nat once:\n%+v", limit, report2, report)
		}
	}
}

// bomb returns a payload of some n/1000 octets that inflates to n.
func bomb(n int) []byte {
	lit := make([]uint8, 286)
	lit['x'], lit[endOfBlock], lit[285] = 2, 2, 1
	e := new(Emitter).Dynamic(false, NewDynamicHeader(lit, []uint8{1})).Literals("x")
	for range n / maxMatch {
		e.Match(maxMatch, 1)
	}
	return e.EndBlock().Message()
}

func TestInflateBomb(t *testing.T) {
	const limit = 100_000
	payload := bomb(20_000_000)
	if ratio := 20_000_000 / len(payload); ratio < 1000 {
		t.Fatalf("1:%d is no bomb", ratio)
	}
	z := NewInflater(Stream{}, limit)
	for _, piece := range []int{len(payload), 100, 1} {
		out, report, err := inChops(z, payload, piece)
		if !errors.Is(err, FaultLimit) || len(out) != limit || report.Out != limit {
			t.Fatalf("pieces of %d: %d octets, %v", piece, len(out), err)
		}
		if cap(out) > limit+limit/10 {
			t.Errorf("pieces of %d: room for %d octets was made, limit %d", piece, cap(out), limit)
		}
	}
	if len(z.buf) > bufferSize {
		t.Errorf("history of %d octets", len(z.buf))
	}
}

func TestInflaterMemory(t *testing.T) {
	z := NewInflater(Stream{}, 1<<20)
	if z.buf != nil || z.own != nil {
		t.Error("an inflater that was not used holds memory")
	}
	payload := NewCompressor(Stream{}).Message(nil, sample("json", 900))
	if _, report, err := z.Message(nil, payload); err != nil || report.Blocks.Dynamic != 1 {
		t.Fatal(err, report)
	}
	if len(z.buf) != firstBuffer || z.own != nil {
		t.Errorf("after 900 octets: history of %d octets, tables %t", len(z.buf), z.own != nil)
	}
}

// What is inflated is appended, whatever room there was.
func TestInflateAppends(t *testing.T) {
	message := sample("json", 70_000)
	payload := NewCompressor(Stream{}).Message(nil, message)
	for _, room := range []int{0, 1, 1000, 200_000} {
		dst := append(make([]byte, 0, room+6), "before"...)
		out, _, err := NewInflater(Stream{}, len(message)).Message(dst, payload)
		if err != nil || !bytes.Equal(out, append([]byte("before"), message...)) {
			t.Errorf("room for %d: %v", room, err)
		}
	}
}

func TestInflaterPanics(t *testing.T) {
	for name, f := range map[string]func(){
		"deflate: limit of -1 octets": func() { NewInflater(Stream{}, -1) },
		"deflate: window of 7 bits":   func() { NewInflater(Stream{WindowBits: 7}, 1) },
		"deflate: window of 16 bits":  func() { NewInflater(Stream{WindowBits: 16}, 1) },
	} {
		if got := recovered(f); got != name {
			t.Errorf("got %q, want %q", got, name)
		}
	}
}

// recovered returns what f panics with.
func recovered(f func()) (message string) {
	defer func() {
		if v := recover(); v != nil {
			message = fmt.Sprint(v)
		}
	}()
	f()
	return ""
}

func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for f := range numFaults {
		if s := f.String(); s == "" || seen[s] || !strings.HasSuffix(f.Error(), s) {
			t.Errorf("fault %d: %q", f, s)
		}
		seen[f.String()] = true
	}
	for e := range numEndings {
		if s := e.String(); s == "" || seen[s] {
			t.Errorf("ending %d: %q", e, s)
		}
		seen[e.String()] = true
	}
	if got, want := numFaults.String()+numEndings.String(), "fault 19ending 8"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := (Error{FaultDistance, 75}).Error(), "deflate: distance before the start of the data, at octet 9 bit 3"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
