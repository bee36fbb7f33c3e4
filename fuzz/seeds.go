package fuzz

import (
	"io/fs"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/gen"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/internal/head"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Bounds of seeds: how many octets one has, and how many there are for a target.
// More teach a fuzzer nothing, and have it run them all before it begins.
const (
	maxSeed  = 512
	maxSeeds = 160
)

// seedKey is the masking key of frames in seeds, and seedNonce what stands for a
// key of the opening handshake: that of the examples in RFC 6455 5.7 and 1.3.
var seedKey = [4]byte{0x37, 0xfa, 0x21, 0x3d}

const seedNonce = "dGhlIHNhbXBsZSBub25jZQ=="

// distinct returns the seeds without those that are empty, too long, or there
// already, and an even choice of the rest where they are too many.
func distinct(seeds [][]byte) (kept [][]byte) {
	seen := map[string]bool{}
	for _, seed := range seeds {
		if len(seed) > 0 && len(seed) <= maxSeed && !seen[string(seed)] {
			seen[string(seed)] = true
			kept = append(kept, seed)
		}
	}
	if len(kept) <= maxSeeds {
		return kept
	}
	for i := range maxSeeds {
		kept[i] = kept[i*len(kept)/maxSeeds]
	}
	return kept[:maxSeeds]
}

// scripts returns the scripts of the catalogue and of the corpus.
func scripts() (all []*oracle.Script) {
	for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
		for _, cs := range catalogue.For(role) {
			if s := cs.Script; !cs.Slow && !cs.Bulk {
				s.Role = role
				all = append(all, &s)
			}
		}
	}
	for _, e := range entries() {
		all = append(all, e.Script)
	}
	return all
}

// entries returns the entries of the corpus.
func entries() []*corpus.Entry {
	all, err := corpus.Embedded()
	if err != nil {
		return nil // the tests of package corpus say why
	}
	return all
}

// wireOf returns the frames that a script sends, without those that depend on the
// peer.
func wireOf(s *oracle.Script) (wire []byte) {
	for i := range s.Steps {
		step := &s.Steps[i]
		size := step.Payload.Size()
		if size > maxSeed || step.Payload.Source != "" {
			continue
		}
		payload := step.Payload.AppendRange(nil, 0, size)
		h := step.Frame
		h.Length, h.Masked = uint64(size), s.Role == wsproto.Client
		if step.HasDeclared {
			h.Length = step.Declared
		}
		switch step.Masking {
		case oracle.MaskNever:
			h.Masked = false
		case oracle.MaskAlways, oracle.MaskKey:
			h.Masked = true
		}
		if step.Masking != oracle.MaskKey && h.Masked {
			h.Mask = seedKey
		}
		switch step.Kind {
		case oracle.StepFrame:
		case oracle.StepMessage:
			h.Fin = true
		case oracle.StepClose:
			h.Fin, h.Opcode = true, wsproto.OpClose
			if size == 0 && step.Code != 0 {
				payload = wsproto.AppendClose(nil, step.Code, step.Reason)
				h.Length = uint64(len(payload))
			}
		case oracle.StepRaw:
			wire = append(wire, payload...)
			continue
		default:
			continue
		}
		wire = wsproto.Frame{Header: h, Payload: payload}.AppendTo(wire)
	}
	return wire
}

func frameSeeds() (seeds [][]byte) {
	for _, s := range scripts() {
		seeds = append(seeds, whole(wireOf(s)))
	}
	// The examples of RFC 6455 5.7, in octets.
	hello := "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"
	seeds = append(seeds, []byte("\x01\x01"+hello), []byte("\x02\x03\x01"+hello+hello))
	return distinct(seeds)
}

func textSeeds() (seeds [][]byte) {
	for _, s := range scripts() {
		for i := range s.Steps {
			step := &s.Steps[i]
			if step.Frame.Opcode == wsproto.OpText && step.Payload.Size() <= maxSeed {
				text := step.Payload.AppendRange(nil, 0, step.Payload.Size())
				seeds = append(seeds, whole(text), append([]byte{1, 1}, text...))
			}
		}
	}
	return distinct(seeds)
}

func maskSeeds() (seeds [][]byte) {
	for _, n := range []int{0, 1, 7, 8, 9, 63, 64, 65, 130} {
		seed := append(slices.Clone(seedKey[:]), byte(n))
		seeds = append(seeds, append(seed, strings.Repeat("Hello", n/5+1)[:n]...))
	}
	return seeds
}

// handshakeSeeds returns the requests, or else the responses, of the scripts.
func handshakeSeeds(role wsproto.Role) (seeds [][]byte) {
	blanks := &head.Blanks{Authority: "localhost", Target: "/", Key: seedNonce}
	for _, s := range scripts() {
		switch {
		case s.Role != role:
		case role == wsproto.Client:
			seeds = append(seeds, head.Request(&s.Handshake, blanks))
		default:
			seeds = append(seeds, head.Response(&s.Handshake, blanks))
		}
	}
	return distinct(seeds)
}

func inflateSeeds() (seeds [][]byte) {
	for _, e := range deflate.EmptyMessages() {
		seeds = append(seeds, whole(e.Payload))
	}
	text := strings.Repeat("wscheck compresses this, and wscheck inflates this. ", 20)
	c := deflate.NewCompressor(deflate.Stream{WindowBits: deflate.MinWindowBits})
	seeds = append(seeds, whole(c.Message(nil, []byte(text))), append([]byte{1, 2}, c.Message(nil, []byte(text[:99]))...))
	begin := func(e *deflate.Emitter) *deflate.Emitter { return e.Fixed(false).Literals("aa") }
	seeds = append(seeds,
		append([]byte{1, 3}, begin(new(deflate.Emitter)).Match(258, 1).Match(3, 2).EndBlock().Stored(true, []byte("end")).Bytes()...),
		whole(begin(new(deflate.Emitter)).Match(258, 1).Match(3, 32).Bytes()),
		whole(new(deflate.Emitter).Fixed(true).Literals("x").EndBlock().Raw([]byte("garbage")...).Bytes()),
		whole(new(deflate.Emitter).StoredHeader(false, 3, 3).Bytes()),
	)
	return distinct(seeds)
}

func compressSeeds() (seeds [][]byte) {
	for i, text := range []string{"abcabcabcabcabcabcabcabc", strings.Repeat("wscheck ", 60), strings.Repeat("\x00", 400)} {
		seeds = append(seeds, append([]byte{byte(i), byte(6 - i), byte(i), byte(len(text)/16 + 1)}, text...))
	}
	return seeds
}

func scriptTextSeeds() (seeds [][]byte) {
	for _, s := range scripts() {
		seeds = append(seeds, []byte(s.String()))
	}
	return distinct(seeds)
}

func traceTextSeeds() (seeds [][]byte) {
	for i, input := range judgeSeeds() {
		events := conversation(input[0], input[3:])
		t := &oracle.Trace{Role: wsproto.Client, Events: events}
		if i%2 == 0 {
			t.Role = wsproto.Server
		}
		seeds = append(seeds, []byte(oracle.FormatTrace(t, nil)))
		seeds = append(seeds, []byte(oracle.FormatTrace(t, &oracle.Script{Role: t.Role})))
	}
	return distinct(seeds)
}

func corpusEntrySeeds() (seeds [][]byte) {
	_ = fs.WalkDir(corpus.Entries, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			text, err := fs.ReadFile(corpus.Entries, path)
			if err == nil {
				seeds = append(seeds, text)
			}
		}
		return err
	})
	return distinct(seeds)
}

func programSeeds() (seeds [][]byte) {
	for _, s := range scripts() {
		seeds = append(seeds, gen.Encode(s))
	}
	return distinct(seeds)
}

// judgeSeeds are conversations in which the peer sends what our side does: what
// is legal for one of them is not for the other.
func judgeSeeds() (seeds [][]byte) {
	for _, s := range scripts() {
		wire := wireOf(s)
		if len(wire) == 0 || len(wire) > 127 {
			continue
		}
		flags := byte(opened)
		if s.Role == wsproto.Server {
			flags |= weServe
		}
		if len(s.Handshake.Offers) > 0 {
			flags |= deflated
		}
		seed := []byte{flags, byte(len(seeds)), 0, byte(len(wire)) << 1}
		seed = append(append(seed, wire...), byte(len(wire))<<1|1)
		seeds = append(seeds, append(seed, wire...))
	}
	return distinct(seeds)
}
