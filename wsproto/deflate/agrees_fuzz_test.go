package deflate

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"testing"
)

// FuzzInflateAgrees holds the inflater against compress/flate: the first octet
// says how the rest, a DEFLATE stream, is cut into pieces. Up to the first block
// with BFINAL set, where compress/flate ends, both have to give the same.
func FuzzInflateAgrees(f *testing.F) {
	seed := func(chop byte, stream []byte) { f.Add(append([]byte{chop}, stream...)) }
	for _, kind := range kinds {
		for _, level := range []int{flate.HuffmanOnly, 1, 6} {
			seed(byte(level), deflateGo(f, sample(kind, 600), level))
		}
		seed(0, NewCompressor(Stream{WindowBits: 9}, 6).Message(nil, sample(kind, 2000)))
	}
	for _, e := range EmptyMessages() {
		seed(1, e.Payload)
	}
	for _, codes := range blockCodes {
		e := codes.begin(new(Emitter), []int{257, 285}, []int{0, 1})
		seed(3, e.Literals("aa").Match(258, 1).Match(3, 2).EndBlock().Stored(true, []byte("end")).Bytes())
		e = codes.begin(new(Emitter), []int{257, 285}, []int{0, 9})
		seed(200, e.Literals("aa").Match(258, 1).Match(3, 32).Bytes())
	}
	seed(0, new(Emitter).Fixed(true).Literals("x").EndBlock().Raw([]byte("garbage")...).Bytes())
	seed(0, new(Emitter).StoredHeader(false, 3, 3).Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 {
			return
		}
		agree(t, int(data[0]), data[1:])
	})
}

func agree(t *testing.T, chop int, stream []byte) {
	const limit = 1 << 20
	in := bytes.NewReader(stream)
	var want bytes.Buffer
	_, wantErr := io.CopyN(&want, flate.NewReader(in), limit)
	if wantErr == io.EOF {
		wantErr = nil
	}

	out, report, err := NewInflater(Stream{}, limit).Message(nil, stream)
	if chop > 0 {
		chopped, again, _ := inChops(NewInflater(Stream{}, limit), stream, chop)
		if again != report || !bytes.Equal(chopped, out) {
			t.Fatalf("in pieces of %d:\n%+v\nwhole:\n%+v", chop, again, report)
		}
	}
	if report.In != int64(len(stream)) || report.Out != int64(len(out)) || len(out) > limit {
		t.Fatalf("%d octets of %d: %+v", len(out), len(stream), report)
	}

	// A final stored block may be one that only the four stripped octets complete.
	ended := report.Final.Octet != 0 && (report.Ending != EndStripped || report.Trailing > 0)
	fault := report.Err.Fault
	switch {
	case want.Len() == limit:
		if len(out) != limit || !bytes.Equal(out, want.Bytes()) {
			t.Fatalf("%d octets, compress/flate has more than the limit: %v", len(out), err)
		}
	case wantErr == nil:
		if !ended || !bytes.Equal(out[:report.Final.Out], want.Bytes()) {
			t.Fatalf("compress/flate ends after %d octets, not so: %+v", want.Len(), report)
		}
		if used := int64(len(stream) - in.Len()); used != report.Final.Octet {
			t.Fatalf("compress/flate used %d octets: %+v", used, report)
		}
	case ended:
		t.Fatalf("ended, with compress/flate %v: %+v", wantErr, report)
	case fault == FaultNoEndOfBlock || fault == FaultCodeLenUnder:
		// compress/flate notices later that the block cannot end.
		if !bytes.HasPrefix(want.Bytes(), out) {
			t.Fatalf("%d octets, compress/flate has others", len(out))
		}
	case errors.Is(wantErr, io.ErrUnexpectedEOF):
		if fault != FaultNone && fault != FaultUnfinished {
			t.Fatalf("compress/flate wants more: %+v", report)
		}
		// It wants as many bits as the end of the block has, whatever the symbol.
		if !bytes.HasPrefix(out, want.Bytes()) {
			t.Fatalf("%d octets, compress/flate %d", len(out), want.Len())
		}
	default:
		if fault == FaultNone || fault == FaultUnfinished || fault == FaultLimit {
			t.Fatalf("compress/flate: %v, not so: %+v", wantErr, report)
		}
		if !bytes.Equal(out, want.Bytes()) {
			t.Fatalf("%d octets, compress/flate %d", len(out), want.Len())
		}
	}
}
