package convert

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/gen"
	"github.com/wscheck/wscheck/internal/capture"
	"github.com/wscheck/wscheck/internal/probe"
	"github.com/wscheck/wscheck/internal/raw"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// As says what octets stand for.
type As string

// What octets stand for.
const (
	AsStream  As = "stream"  // all that one side sends, opening handshake included
	AsFrames  As = "frames"  // what it sends after a correct opening handshake
	AsProgram As = "program" // a program of the fuzz targets of this project: see package gen
)

// Options say how files are read.
type Options struct {
	// Role is the side that the octets come from: "client", "server", or "" to
	// found by how they begin ("HTTP/" is a server).
	Role string

	As     As     // "" means AsStream
	Origin string // of the entries; "" means the format and the name of the source

	// Heads makes what reads the header lists of one side of a connection of HTTP/2 in a
	// capture. Nil leaves such connections out.
	Heads func() capture.Heads
}

// maxRules bounds the clauses that are named for an entry.
const maxRules = 4

// anyRule is named where a peer does right to take everything: what is left is
// that it must not break.
const anyRule oracle.ClauseID = "wscheck/peer-died"

// Octets returns the entry of that name for octets. The error says what of the
// options makes no sense.
func Octets(name string, octets []byte, o Options) (*corpus.Entry, error) {
	role := wsproto.Client
	switch {
	case o.Role != "":
		var err error
		if role, err = wsproto.ParseRole(o.Role); err != nil {
			return nil, err
		}
	case bytes.HasPrefix(octets, []byte("HTTP/")):
		role = wsproto.Server
	}
	var s *oracle.Script
	switch o.As {
	case "", AsStream:
		s = raw.Script(role, octets)
	case AsFrames:
		s = raw.Frames(role, octets)
	case AsProgram:
		s = gen.Decode(role, octets)
	default:
		return nil, fmt.Errorf("octets as %q: want %s, %s or %s", o.As, AsStream, AsFrames, AsProgram)
	}
	return FromScript(name, s, o.Origin)
}

// FromScript returns the entry for a script, with the clauses that a peer breaks
// which takes all of it.
func FromScript(name string, s *oracle.Script, origin string) (*corpus.Entry, error) {
	rules, err := probe.Rules(s)
	if err != nil {
		return nil, err
	}
	if len(rules) == 0 {
		rules = []oracle.ClauseID{anyRule}
	}
	return &corpus.Entry{
		Name: safeName(name), Role: s.Role, Rules: rules[:min(len(rules), maxRules)], Origin: oneLine(origin), Script: s,
	}, nil
}

// maxName bounds the octets of a name.
const maxName = 120

// safeName makes the name of a file: one that all file systems take, and that
// nothing hides.
func safeName(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '.', r == '-', r == '_':
			return r
		}
		return '_'
	}, name)
	name = strings.TrimLeft(name[max(0, len(name)-maxName):], ".-")
	if name == "" {
		return "_"
	}
	return name
}

// oneLine makes text fit for a line of a header.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "_"))
	return strings.Join(strings.Fields(s), " ")
}
