package peers

import (
	"slices"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/testseeds"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// protocol are the cases of Autobahn|Testsuite that measure no time and negotiate no compression.
var protocol = []string{"1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"}

// deflateLoops are Autobahn|Testsuite's cases of permessage-deflate: 216 loops of a thousand messages each.
var deflateLoops = []string{"12.*", "13.*"}

// longest are the cases whose messages inflate to 60 MiB. They take as long as a thousand others: one library has them,
// and all have the shorter ones.
const longest = "rfc7692/8/bomb-61440kib*"

// allCases are those of large messages, or of very many: they take longer than all others, and each is like a shorter
// one that is always played. Tests play them too where WSCHECK_ALL is set, as in .ci/run.
var allCases = []string{"9.[12].[4-6]*", "9.[34].[1-6]*"}

// measured are the cases without compression in which time and memory are measured. A library that compresses has no
// other code for them than without: it plays them with WSCHECK_ALL alone.
var measured = []string{"rfc6455/10.4/kept-*", "rfc6455/10.4/work-*"}

func all() bool { return testseeds.All() }

// rare are the cases that are played with WSCHECK_ALL alone.
func rare() []string {
	if all() {
		return nil
	}
	return allCases
}

// excluded are the cases that are not played with a library.
func excluded(lib Library) []string {
	exclude := append(slices.Clone(deflateLoops), rare()...)
	if lib.Compression && !all() {
		exclude = append(exclude, measured...)
	}
	if lib.Name == "gorilla+deflate" {
		return exclude
	}
	return append(exclude, longest)
}

// lacks names what the library is configured without.
func lacks(lib Library) []engine.Feature {
	if lib.Compression {
		return nil
	}
	return []engine.Feature{engine.FeatureDeflate}
}

// part is the part of the cases that a library has: an eighth of them, which is another one for the next library, and all
// with WSCHECK_ALL.
func part(library int) catalogue.Shard {
	const parts = 8
	if all() {
		return catalogue.Shard{}
	}
	return catalogue.Shard{Index: library%parts + 1, Count: parts}
}

// TestServers plays with every library as a server its part of the cases, of all but the loops. What is not as the RFCs
// want is known, and what is known occurs where all of its cases are played.
func TestServers(t *testing.T) {
	for i, lib := range All() {
		t.Run(lib.Name, func(t *testing.T) {
			engine.TestServer(t, lib.Server, &engine.Config{
				Judge: "rfc", Exclude: excluded(lib), Lacks: lacks(lib), Known: lib.Known(wsproto.Server), Shard: part(i),
			})
		})
	}
}

// TestClients is TestServers for clients.
func TestClients(t *testing.T) {
	for i, lib := range All() {
		t.Run(lib.Name, func(t *testing.T) {
			engine.TestClient(t, lib.Client, &engine.Config{
				Judge: "rfc", Exclude: excluded(lib), Lacks: lacks(lib), Known: lib.Known(wsproto.Client), Shard: part(i),
			})
		})
	}
}

// TestDeflate plays the loops of the shortest messages with the libraries that compress: a hundred messages each, and
// with WSCHECK_ALL all thousand.
func TestDeflate(t *testing.T) {
	loops, err := catalogue.Select(catalogue.Autobahn(), []string{"12.*.[1-3]", "13.*.[1-3]"}, []string{"*.1[0-9]"})
	if err != nil {
		t.Fatal(err)
	}
	if !all() {
		for i, c := range loops {
			loops[i] = shortLoop(c, 100)
		}
	}
	for _, lib := range All() {
		if !lib.Compression {
			continue
		}
		config := func(role wsproto.Role) *engine.Config {
			return &engine.Config{
				Judge: "rfc", Select: loops,
				Known: slices.DeleteFunc(lib.Known(role), func(d engine.Deviation) bool {
					return !occursInLoops(lib.Name, role, d.Clause)
				}),
			}
		}
		t.Run(lib.Name+"/server", func(t *testing.T) { engine.TestServer(t, lib.Server, config(wsproto.Server)) })
		t.Run(lib.Name+"/client", func(t *testing.T) { engine.TestClient(t, lib.Client, config(wsproto.Client)) })
	}
}

// occursInLoops reports whether a deviation is seen in the loops of deflateLoops.
func occursInLoops(library string, role wsproto.Role, clause oracle.ClauseID) bool {
	if role == wsproto.Server {
		return clause == "rfc7692/7.1.2.1/window-kept"
	}
	return clause == "wscheck/stay" && library == "gorilla+deflate"
}
