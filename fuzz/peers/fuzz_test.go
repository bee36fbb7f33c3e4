package peers

import (
	"testing"

	"github.com/wscheck/wscheck/harness"
	"github.com/wscheck/wscheck/wsproto"
)

// fuzzServer fuzzes a library as a server. What it is known to do otherwise than
// the RFCs want does not fail: what fails is new.
func fuzzServer(f *testing.F, name string) {
	f.Helper()
	lib := find(f, name)
	harness.FuzzServer(f, lib.Server, fuzzConfig(lib, wsproto.Server))
}

// fuzzClient is fuzzServer for a client.
func fuzzClient(f *testing.F, name string) {
	f.Helper()
	lib := find(f, name)
	harness.FuzzClient(f, lib.TestClient, fuzzConfig(lib, wsproto.Client))
}

func find(tb testing.TB, name string) *Library {
	tb.Helper()
	lib, err := Find(name)
	if err != nil {
		tb.Fatal(err)
	}
	return &lib
}

func fuzzConfig(lib *Library, role wsproto.Role) *harness.Config {
	return &harness.Config{Judge: "rfc", Exclude: deflateLoops, Lacks: lacks(*lib), Known: lib.Known(role)}
}
