package corpus

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Entry is one conversation: what our side does, and what a conforming peer does
// in return.
type Entry struct {
	Name string // of the file, without Extension; not part of the text

	// Rules are the clauses broken by any peer that mishandles the entry, the most
	// important one first; there is at least one.
	Rules []oracle.ClauseID

	Role   wsproto.Role // the one that our side plays, as in Script
	Expect Expect       // what a conforming peer does

	// Features are parts of the protocol without which the entry shows nothing: see
	// [Features]. Those that the script itself shows are not listed.
	Features []string

	Origin   string   // where the entry comes from; "" if that is unknown
	Advisory []string // ids of published flaws: "CVE-2020-27813", "GHSA-…"
	Affected []string // implementations with their versions, in words
	Fixed    []string // the versions in which that is fixed, in words
	Comment  string   // one line or several, none of them empty

	Script *oracle.Script
}

// Extension ends the name of an entry's file.
const Extension = ".ws"

// idOctets are the octets of an id: for a million entries, two have the same by
// chance in one of five hundred corpora.
const idOctets = 6

// ID returns the name of the conversation: twelve hexadecimal digits that are
// made from the canonical text of the script, our role included, and from
// nothing else. It is the same for ever.
func (e *Entry) ID() string {
	sum := sha256.Sum256([]byte(e.Script.String()))
	return hex.EncodeToString(sum[:idOctets])
}

// FileName returns the name of the file for the entry: the first advisory, or
// else the first rule with _ for /, then the id.
func (e *Entry) FileName() string {
	first := ""
	if len(e.Advisory) > 0 {
		first = strings.ToLower(e.Advisory[0]) + "-"
	} else if len(e.Rules) > 0 {
		first = strings.ReplaceAll(string(e.Rules[0]), "/", "_") + "-"
	}
	return first + e.ID() + Extension
}

// Features are the values of [Entry.Features], by the names that package harness
// gives them.
func Features() []string { return []string{"permessage-deflate", "text", "binary", "fragmentation"} }
