package harness_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// modulePath is this module's.
const modulePath = "github.com/wscheck/wscheck"

// TestDependencies holds what an importer compiles to this module, rapid and the
// standard library.
func TestDependencies(t *testing.T) {
	list := goCommand(t, "", nil, "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", modulePath+"/harness")
	packages := strings.Fields(list)
	if len(packages) < 5 {
		t.Fatalf("go list names %d packages: %q", len(packages), packages)
	}
	for _, path := range packages {
		if path != "pgregory.net/rapid" && !strings.HasPrefix(path, modulePath+"/") {
			t.Errorf("harness depends on %s", path)
		}
	}
}

// TestRequirements holds the versions that an importer may have raised to that of
// rapid. The modules of the command and of HTTP/2 have requirements of their own.
func TestRequirements(t *testing.T) {
	var mod struct {
		Require []struct{ Path string }
	}
	if err := json.Unmarshal([]byte(goCommand(t, "", nil, "mod", "edit", "-json", "../go.mod")), &mod); err != nil {
		t.Fatal(err)
	}
	if len(mod.Require) != 1 || mod.Require[0].Path != "pgregory.net/rapid" {
		t.Errorf("go.mod requires %v, want rapid alone", mod.Require)
	}
}
