package peers

import (
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/wsproto"
)

// fuzzServer fuzzes a library as a server. What it is known to do otherwise than
// the RFCs want does not fail: what fails is new.
func fuzzServer(f *testing.F, name string) {
	f.Helper()
	lib := find(f, name)
	engine.FuzzServer(f, lib.Server, fuzzConfig(lib, wsproto.Server))
}

// fuzzClient is fuzzServer for a client.
func fuzzClient(f *testing.F, name string) {
	f.Helper()
	lib := find(f, name)
	engine.FuzzClient(f, lib.Client, fuzzConfig(lib, wsproto.Client))
}

func find(tb testing.TB, name string) *Library {
	tb.Helper()
	lib, err := Find(name)
	if err != nil {
		tb.Fatal(err)
	}
	return &lib
}

func fuzzConfig(lib *Library, role wsproto.Role) *engine.Config {
	known := lib.Known(role)
	for _, d := range fuzzDeviations {
		if (d.library == lib.Name || d.library == strings.TrimSuffix(lib.Name, "+deflate")) && slices.Contains(d.roles, role) {
			known = append(known, engine.Deviation{Case: d.cases, Clause: d.clause, Reason: d.reason})
		}
	}
	return &engine.Config{Judge: "rfc", Exclude: deflateLoops, Lacks: lacks(*lib), Known: known}
}

const (
	anyScript    = "fuzz/*"
	behindReason = "What follows a final block within a message is not looked at, even if it is not DEFLATE, or not UTF-8."
	framesReason = "With a final block a message is at its end for the library, wherever its frames end, so that what " +
		"follows is looked at too late, or not at all. Without compression, all of RFC 6455 is put to the test."
	refusedReason = "A client that does not take the response waits three seconds for a body that explains it, and answers nothing meanwhile."
	windowReason  = "A response that bounds the client's window is taken, and what is sent reaches further back all the same."
	panicReason   = "The library panics on what the other side sends."
	pieceReason   = "A fragmented message comes back in as many messages as it had frames, and one of them may equal a later message."
	slowReason    = "A control frame that is not complete within five seconds ends the connection."
)

// fuzzDeviations are those that no case of the catalogue shows, in the order of
// the libraries.
var fuzzDeviations = []deviation{
	{"coder", inBoth, "wscheck/stay", slowReason, anyScript},
	{"coder+deflate", asClient, "rfc6455/5.5.1/close-reply", refusedReason, anyScript},
	{"coder+deflate", asClient, "rfc6455/5.5.2/pong", refusedReason, anyScript},
	{"coder+deflate", asClient, "wscheck/echo-missing", refusedReason, anyScript},
	{"coder+deflate", inBoth, "rfc6455/*", framesReason, anyScript},
	{"coder+deflate", inBoth, "rfc7692/7.2.2/invalid-fail", behindReason, anyScript},
	{"coder+deflate", inBoth, "wscheck/peer-panicked", panicReason, anyScript},
	{"gobwas+deflate", inBoth, "rfc6455/*", framesReason, anyScript},
	{"gobwas+deflate", asClient, "rfc7692/7.2.1/client-window", windowReason, anyScript},
	{"gobwas+deflate", inBoth, "rfc7692/7.2.2/invalid-fail", behindReason, anyScript},
	{"gorilla+deflate", inBoth, "rfc6455/*", framesReason, anyScript},
	{"gorilla+deflate", inBoth, "rfc7692/7.2.2/invalid-fail", behindReason, anyScript},
	{"gws+deflate", inBoth, "rfc6455/*", framesReason, anyScript},
	{"gws+deflate", inBoth, "rfc7692/7.2.2/invalid-fail", behindReason, anyScript},
	{"xnet", inBoth, "wscheck/echo-order", pieceReason, anyScript},
}
