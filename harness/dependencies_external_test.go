package harness_test

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// modulePath is this module's.
const modulePath = "github.com/wscheck/wscheck"

// TestDependencies holds what an importer compiles to this module, rapid and the
// standard library; package http2 needs the compression of header lists as well.
func TestDependencies(t *testing.T) {
	list := goOutput(t, "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", modulePath+"/harness/...")
	packages := strings.Fields(list)
	if len(packages) < 5 {
		t.Fatalf("go list names %d packages: %q", len(packages), packages)
	}
	beside := strings.Fields(goOutput(t, "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", modulePath+"/harness/http2"))
	const hpack = "golang.org/x/net/http2/hpack"
	for path := range strings.FieldsSeq(goOutput(t, "list", "-deps", modulePath+"/harness", modulePath+"/harness/mutation", modulePath+"/harness/fuzzingserver")) {
		if path == hpack {
			t.Error("harness depends on hpack")
		}
	}
	if !slices.Contains(beside, hpack) {
		t.Errorf("http2 depends on %q", beside)
	}
	for _, path := range packages {
		if path == hpack {
			continue
		}
		if path != "pgregory.net/rapid" && !strings.HasPrefix(path, modulePath+"/") {
			t.Errorf("harness depends on %s", path)
		}
	}
}

// TestRequirements holds what an importer may have raised to rapid and what the
// command line needs.
func TestRequirements(t *testing.T) {
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal([]byte(goOutput(t, "mod", "edit", "-json", "../go.mod")), &mod); err != nil {
		t.Fatal(err)
	}
	allowed := []string{
		"github.com/alecthomas/kong", "github.com/rogpeppe/go-internal", "github.com/vbauerster/mpb/v8", "github.com/willabides/kongplete", "golang.org/x/net", "pgregory.net/rapid",
	}
	found := 0
	for _, r := range mod.Require {
		if r.Indirect {
			continue
		}
		found++
		if !slices.Contains(allowed, r.Path) {
			t.Errorf("go.mod requires %s", r.Path)
		}
	}
	if found == 0 {
		t.Error("go.mod requires nothing")
	}
}

// goOutput is the output of the go command.
func goOutput(t *testing.T, args ...string) string {
	t.Helper()
	goCommand, err := exec.LookPath("go")
	if err != nil {
		t.Skip("there is no go command")
	}
	out, err := exec.Command(goCommand, args...).Output()
	if err != nil {
		t.Fatalf("go %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}
