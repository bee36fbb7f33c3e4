package reference

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/internal/utf8stream"
)

// borrowed are the names of this repository that the endpoint may use: the layout of
// frames, close payloads and HTTP heads, and names for roles, codes and clauses. Whatever
// judges a peer is its own, so that a fault in the judge is not a fault of the endpoint.
var borrowed = map[string][]string{
	"github.com/wscheck/wscheck/wsproto": {
		"Frame", "Header", "NewFrame", "ParseHeader", "Mask", "MaskCopy", "LengthForm", "Form16", "Form64",
		"Opcode", "OpContinuation", "OpText", "OpBinary", "OpClose", "OpPing", "OpPong",
		"Role", "Client", "Server", "ClosePayload", "ParseClose", "AppendClose",
		"Request", "Response", "Field", "Fields",
		"CloseCode", "CloseNormal", "CloseGoingAway", "CloseProtocolError", "CloseUnsupported", "CloseInvalidPayload",
		"ClosePolicy", "CloseTooBig", "CloseInternal", "CloseNoStatus", "CloseServiceRestart", "CloseTryAgainLater",
	},
	"github.com/wscheck/wscheck/oracle":          {"ClauseID"},
	"github.com/wscheck/wscheck/internal/accept": {"All"}, // which sees no octets
}

// judging are the methods of those names that judge.
var judging = []string{"IsControl", "IsData", "IsReserved", "Registered", "Sendable", "Minimal"}

// TestEndpointBorrowsNoJudgement checks what the endpoint uses of this repository.
func TestEndpointBorrowsNoJudgement(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	unused := map[string]bool{}
	for path, names := range borrowed {
		for _, name := range names {
			unused[path+" "+name] = true
		}
	}
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".go") || strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		fset := token.NewFileSet()
		tree, err := parser.ParseFile(fset, file.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		paths := map[string]string{}
		for _, spec := range tree.Imports {
			path := strings.Trim(spec.Path.Value, `"`)
			if !strings.Contains(path, ".") {
				continue // the standard library
			}
			if borrowed[path] == nil || spec.Name != nil {
				t.Errorf("%s: imports %s", file.Name(), spec.Path.Value)
			}
			paths[path[strings.LastIndexByte(path, '/')+1:]] = path
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			name := s.Sel.Name
			if slices.Contains(judging, name) {
				t.Errorf("%s: uses the method %s", fset.Position(s.Pos()), name)
			}
			if x, ok := s.X.(*ast.Ident); ok && paths[x.Name] != "" {
				if !slices.Contains(borrowed[paths[x.Name]], name) {
					t.Errorf("%s: uses %s.%s", fset.Position(s.Pos()), x.Name, name)
				}
				delete(unused, paths[x.Name]+" "+name)
			}
			return true
		})
	}
	for _, name := range slices.Sorted(maps.Keys(unused)) {
		t.Errorf("nothing uses %s", name)
	}
}

// TestTextAgrees holds the endpoint's check of text against the judge's: they fail at the
// same octet, however the text is cut.
func TestTextAgrees(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"a", "\u00e9", "\u20ac", "\U0001f600", "\ud7ff", "\ue000", "\U0010ffff", "\xed\xa0\x80", "\xc0\xaf",
		"\xe0\x80\x80", "\xf4\x90\x80\x80", "\xf5", "\x80", "\xff", "\xe2\x82", "\xf0\x9f\x98", "\xc3"}
	for range 20_000 {
		var text []byte
		for range rng.IntN(8) {
			n := len(pieces)
			if rng.IntN(2) == 0 {
				n = 7 // those that are valid
			}
			text = append(text, pieces[rng.IntN(n)]...)
		}
		var ours textChecker
		var theirs utf8stream.Checker
		for rest := text; len(rest) > 0; {
			n := 1 + rng.IntN(len(rest))
			gotN, gotOK := ours.add(rest[:n])
			wantN, wantOK := theirs.Write(rest[:n])
			if gotN != wantN || gotOK != wantOK || ours.whole() != theirs.Complete() {
				t.Fatalf("%q, at its last %d octets: got %d %v %v, want %d %v %v", text, len(rest), gotN, gotOK, ours.whole(), wantN, wantOK, theirs.Complete())
			}
			rest = rest[n:]
		}
	}
}

// TestInflaterAgrees holds the endpoint's inflater against the judge's, with messages that
// are right and messages in which bits are flipped.
func TestInflaterAgrees(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	ends := map[string]int{}
	for range 500 {
		s := stream{bits: []int{0, 8, 9, 12, 15}[rng.IntN(5)], noTakeover: rng.IntN(3) == 0}
		theirs := deflate.Stream{WindowBits: s.bits, NoContextTakeover: s.noTakeover}
		sent := theirs
		if rng.IntN(4) == 0 {
			sent = deflate.Stream{} // beyond what was agreed
		}
		const limit = 3000
		var ours inflater
		ours.reset(s, limit)
		judge := deflate.NewInflater(theirs, limit)
		packer := deflate.NewCompressor(sent)
		var packing compressor
		packing.reset(s)
		words := make([][]byte, 40)
		for i := range words {
			words[i] = make([]byte, 1+rng.IntN(40))
			for k := range words[i] {
				words[i][k] = byte(rng.IntN(256))
			}
		}
		flips := 0 // so far: they spoil the window, too
		for range 1 + rng.IntN(5) {
			var text []byte
			for range rng.IntN(200) {
				text = append(text, words[rng.IntN(len(words))]...)
			}
			own := rng.IntN(2) == 0 && sent == theirs
			var packed []byte
			if own {
				packed = packing.message(nil, text)
				packer = deflate.NewCompressor(deflate.Stream{NoContextTakeover: true})
			} else {
				packed = packer.Message(nil, text)
				packing.reset(s)
			}
			for range max(0, rng.IntN(4)-2) {
				packed[rng.IntN(len(packed))] ^= 1 << rng.IntN(8)
				flips++
			}
			if rng.IntN(8) == 0 {
				packed = packed[:rng.IntN(len(packed))]
				flips++
			}
			got, err := ours.message(nil, packed)
			want, report, wantErr := judge.Message(nil, packed)
			if (err == nil) != (wantErr == nil) {
				t.Fatalf("%+v, %d octets: got error %v, want %v", s, len(packed), err, wantErr)
			}
			if err != nil {
				ends[err.Error()]++
				break // the windows differ from here on
			}
			if !bytes.Equal(got, want) || ours.overran != (report.Window.Count+report.Context.Count+report.PastFinal.Count > 0) ||
				ours.flushed != report.Ending.Conforming() || int64(ours.finals) != report.Finals || ours.finals > 0 && int64(ours.final) != report.Final.Out {
				t.Fatalf("%+v: got %d octets, overran %v, flushed %v, finals %d to %d; want %d octets and %+v",
					s, len(got), ours.overran, ours.flushed, ours.finals, ours.final, len(want), report)
			}
			if own && flips == 0 && (!bytes.Equal(got, text) || ours.overran || !ours.flushed) {
				t.Fatalf("%+v: a message of %d octets came back as %d, overran %v, flushed %v", s, len(text), len(got), ours.overran, ours.flushed)
			}
			ends["inflated"]++
			if ours.overran {
				ends["overran"]++
			}
		}
	}
	for _, end := range []string{"inflated", "overran", errCorrupt.Error(), errCut.Error(), errTooLong.Error()} {
		if ends[end] == 0 {
			t.Errorf("no message of which %q holds: %v", end, ends)
		}
	}
}
