package fuzz

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"

	"github.com/wscheck/wscheck/internal/deflate"
)

// maxInflated bounds what is inflated.
const maxInflated = 1 << 20

// checkInflate holds the inflater against compress/flate, and against itself in
// pieces. Up to the first block with BFINAL set, where compress/flate ends, both
// have to give the same.
func checkInflate(input []byte) error {
	sizes, stream := cut(input)
	out, report, err := deflate.NewInflater(deflate.Stream{}, maxInflated).Message(nil, stream)
	z := deflate.NewInflater(deflate.Stream{}, maxInflated)
	var chopped []byte
	for _, piece := range pieces(stream, sizes) {
		chopped, _ = z.Append(chopped, piece) // the report has it
	}
	if again, _ := z.End(); again != report || !bytes.Equal(chopped, out) {
		return fmt.Errorf("in pieces:\n%+v\nwhole:\n%+v", again, report)
	}
	if report.In != int64(len(stream)) || report.Out != int64(len(out)) || len(out) > maxInflated {
		return fmt.Errorf("%d octets of %d: %+v", len(out), len(stream), report)
	}
	return compareInflated(stream, out, &report, err)
}

// compareInflated compares what the inflater gave, and what it said of it, with
// compress/flate.
func compareInflated(stream, out []byte, report *deflate.Report, err error) error {
	in := bytes.NewReader(stream)
	var want bytes.Buffer
	_, wantErr := io.CopyN(&want, flate.NewReader(in), maxInflated)
	if wantErr == io.EOF {
		wantErr = nil
	}
	// A final stored block may be one that only the four stripped octets complete.
	ended := report.Final.Octet != 0 && (report.Ending != deflate.EndStripped || report.Trailing > 0)
	fault := report.Err.Fault
	switch {
	case want.Len() == maxInflated:
		if !bytes.Equal(out, want.Bytes()) {
			return fmt.Errorf("%d octets, compress/flate has more than the limit: %v", len(out), err)
		}
	case wantErr == nil:
		if !ended || !bytes.Equal(out[:report.Final.Out], want.Bytes()) {
			return fmt.Errorf("compress/flate ends after %d octets, not so: %+v", want.Len(), report)
		}
		if used := int64(len(stream) - in.Len()); used != report.Final.Octet {
			return fmt.Errorf("compress/flate used %d octets: %+v", used, report)
		}
	case ended:
		return fmt.Errorf("ended, with compress/flate %w: %+v", wantErr, report)
	case fault == deflate.FaultNoEndOfBlock || fault == deflate.FaultCodeLenUnder:
		// compress/flate notices later that the block cannot end.
		if !bytes.HasPrefix(want.Bytes(), out) {
			return fmt.Errorf("%d octets, compress/flate has others", len(out))
		}
	case errors.Is(wantErr, io.ErrUnexpectedEOF):
		if fault != deflate.FaultNone && fault != deflate.FaultUnfinished {
			return fmt.Errorf("compress/flate wants more: %+v", report)
		}
		// It wants as many bits as the end of the block has, for any symbol.
		if !bytes.HasPrefix(out, want.Bytes()) {
			return fmt.Errorf("%d octets, compress/flate %d", len(out), want.Len())
		}
	default:
		if fault == deflate.FaultNone || fault == deflate.FaultUnfinished || fault == deflate.FaultLimit {
			return fmt.Errorf("compress/flate: %w, not so: %+v", wantErr, report)
		}
		if !bytes.Equal(out, want.Bytes()) {
			return fmt.Errorf("%d octets, compress/flate %d", len(out), want.Len())
		}
	}
	return nil
}
