package fuzz

import (
	"maps"
	"slices"

	"github.com/wscheck/wscheck/wsproto"
)

// targets are the targets by the names of their functions, with their seeds.
var targets = map[string]func() [][]byte{
	"FuzzCompress":    compressSeeds,
	"FuzzCorpusEntry": corpusEntrySeeds,
	"FuzzFrames":      frameSeeds,
	"FuzzInflate":     inflateSeeds,
	"FuzzJudge":       judgeSeeds,
	"FuzzMask":        maskSeeds,
	"FuzzProgram":     programSeeds,
	"FuzzRequest":     func() [][]byte { return handshakeSeeds(wsproto.Client) },
	"FuzzResponse":    func() [][]byte { return handshakeSeeds(wsproto.Server) },
	"FuzzScriptText":  scriptTextSeeds,
	"FuzzTraceText":   traceTextSeeds,
	"FuzzUTF8":        textSeeds,
}

// Targets returns the names of the targets' functions in alphabetical order.
func Targets() []string { return slices.Sorted(maps.Keys(targets)) }

// Seeds returns the seeds of a target by the name of its function, and nil for an
// unknown name: what the target adds itself, for engines that want files.
func Seeds(target string) [][]byte {
	if seeds := targets[target]; seeds != nil {
		return seeds()
	}
	return nil
}
