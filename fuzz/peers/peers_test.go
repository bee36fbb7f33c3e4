package peers

import (
	"errors"
	"maps"
	"net"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

// TestAll holds the list against the module's requirements.
func TestAll(t *testing.T) {
	requirements, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, lib := range All() {
		names = append(names, lib.Name)
		if lib.Compression != strings.HasSuffix(lib.Name, "+deflate") {
			t.Errorf("%s: Compression is %v", lib.Name, lib.Compression)
		}
		if !strings.Contains(string(requirements), "\t"+lib.Module+" v") {
			t.Errorf("%s: go.mod does not require %s", lib.Name, lib.Module)
		}
		if lib.Server == nil || lib.Client == nil {
			t.Errorf("%s lacks a role", lib.Name)
		}
	}
	if len(names) == 0 || !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("the names are %q, want each once, in order", names)
	}
}

func TestVersions(t *testing.T) {
	got := versionsOf(&debug.BuildInfo{Deps: []*debug.Module{
		{Path: "example.com/plain", Version: "v1.2.3"},
		{Path: "example.com/replaced", Version: "v1.2.3", Replace: &debug.Module{Path: "example.com/fork", Version: "v1.2.4"}},
		{Path: "example.com/local", Version: "v1.2.3", Replace: &debug.Module{Path: "../local"}},
	}})
	want := map[string]string{"example.com/plain": "v1.2.3", "example.com/replaced": "v1.2.4", "example.com/local": ""}
	if !maps.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFind(t *testing.T) {
	for _, want := range All() {
		if got, err := Find(want.Name); err != nil || got.Name != want.Name {
			t.Errorf("Find(%q) = %q, %v", want.Name, got.Name, err)
		}
	}
	_, err := Find("autobahn")
	if err == nil {
		t.Fatal("Find finds a library that is not there")
	}
	for _, lib := range All() {
		if !strings.Contains(err.Error(), lib.Name) {
			t.Errorf("%q does not name %s", err, lib.Name)
		}
	}
}

// TestServe runs several conversations at once on one listener.
func TestServe(t *testing.T) {
	for _, lib := range All() {
		t.Run("lib="+lib.Name, func(t *testing.T) {
			ln := listen(t)
			served := make(chan error, 1)
			go func() { served <- Serve(ln, lib) }()
			wires := make([]*wire, 4)
			for i := range wires {
				conn, err := net.Dial("tcp", ln.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				wires[i] = dialWire(t, conn, "")
			}
			for _, w := range wires {
				converse(t, lib, w)
			}
			for _, w := range wires {
				w.closeHandshake()
			}
			ln.Close()
			if err := <-served; !errors.Is(err, net.ErrClosed) {
				t.Errorf("Serve returned %v, want net.ErrClosed", err)
			}
		})
	}
}
