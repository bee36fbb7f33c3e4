package harness_test

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// importRule says what a package and the packages within it may import.
type importRule struct {
	pkg  string   // path in this repository
	ours []string // packages of this repository, each with those within it
	// others are packages outside of the standard library, each with those within it.
	others []string
}

// The groups of the table, from the ground up.
var (
	wire     = []string{"wsproto", "internal/deflate", "internal/keepalive", "internal/problem", "internal/utf8stream"}
	language = []string{"internal/plural", "internal/bounds", "internal/dialect", "internal/h2frame", "internal/marker", "internal/notation"}
	judging  = join(wire, language, []string{"oracle", "internal/recorder", "internal/head"})
	sources  = join(judging, []string{"gen", "corpus", "internal/catalogue", "internal/autobahn", "internal/learn"})
	files    = []string{"internal/wholefile", "internal/dirlock", "internal/crashlog", "internal/process", "internal/browser", "internal/visible",
		"internal/httphead", "internal/workers", "internal/wsurl"}
	engines  = join(sources, files, []string{"internal/accept", "internal/report", "internal/link", "internal/engine"})
	services = join(engines, []string{"internal/access", "internal/reference", "internal/drive", "internal/gofuzz", "internal/fuzzingserver"})
)

func join(lists ...[]string) []string { return slices.Concat(lists...) }

// importRules has every package of the repository. docs/architecture.md explains it.
var importRules = []importRule{
	// Small helpers, which import nothing of ours, or next to nothing.
	{pkg: "internal/accept"}, {pkg: "internal/access"}, {pkg: "internal/authority", ours: []string{"internal/wholefile"}}, {pkg: "internal/browser"}, {pkg: "internal/crashlog"}, {pkg: "internal/dirlock"},
	{pkg: "internal/gofuzz"}, {pkg: "internal/httphead"}, {pkg: "internal/plural"}, {pkg: "internal/servetest"}, {pkg: "internal/testdialect"}, {pkg: "internal/testpipe"}, {pkg: "internal/testseeds"},
	{pkg: "internal/visible", ours: []string{"internal/plural"}},
	{pkg: "internal/wholefile"}, {pkg: "internal/workers"}, {pkg: "internal/wsurl"},

	// The wire and the judgement, without I/O.
	{pkg: "internal/problem"}, {pkg: "internal/utf8stream"}, {pkg: "internal/bounds"}, {pkg: "internal/h2frame", ours: []string{"wsproto"}}, {pkg: "internal/marker"},
	{pkg: "wsproto", ours: []string{"internal/problem", "internal/utf8stream"}},
	{pkg: "internal/deflate", ours: []string{"wsproto"}},
	{pkg: "internal/notation", ours: []string{"wsproto"}},
	{pkg: "internal/dialect", ours: []string{"internal/notation", "internal/utf8stream", "wsproto"}},
	{pkg: "internal/keepalive", ours: []string{"wsproto"}},
	{pkg: "oracle", ours: join(wire, language)},
	{pkg: "internal/head", ours: []string{"oracle", "wsproto"}},
	{pkg: "internal/recorder", ours: []string{"oracle"}},
	{pkg: "internal/autobahn", ours: judging},

	// Sources of scripts.
	{pkg: "gen", ours: join(judging, []string{"internal/catalogue"}), others: []string{"pgregory.net/rapid"}},
	{pkg: "corpus", ours: join(judging, []string{"internal/wholefile"})},
	{pkg: "internal/catalogue", ours: join(judging, []string{"internal/autobahn", "internal/catalogue"})},
	{pkg: "internal/learn", ours: judging},
	{pkg: "internal/spec", ours: engines},

	// Other formats of scripts and traces.
	{pkg: "internal/wire", ours: judging},
	{pkg: "internal/raw", ours: join(judging, []string{"internal/wire"})},
	{pkg: "internal/probe", ours: join(judging, []string{"internal/wire"})},
	{pkg: "internal/jsonvec", ours: join(judging, []string{"internal/probe"})},
	{pkg: "internal/seedzip", ours: []string{"internal/raw"}},
	{pkg: "internal/capture", ours: judging},
	{pkg: "internal/convert", ours: join(judging, files, []string{"corpus", "gen", "internal/capture", "internal/gofuzz",
		"internal/jsonvec", "internal/probe", "internal/raw", "internal/seedzip"})},

	// Our own endpoint, and reports: neither knows the engine.
	{pkg: "internal/reference", ours: join(judging, []string{"internal/accept"})},
	{pkg: "internal/testee", ours: join(wire, []string{"internal/accept", "internal/httphead", "internal/reference", "internal/wsurl"})},
	{pkg: "internal/report", ours: join(judging, files, []string{"internal/report", "internal/visible", "internal/autobahn", "internal/catalogue"})},

	// What does I/O with peers.
	{pkg: "internal/link", ours: join(judging, files)},
	{pkg: "internal/process", ours: []string{"internal/crashlog", "internal/link", "internal/plural"}},
	{pkg: "internal/engine", ours: engines},
	{pkg: "internal/mutation", ours: services},
	{pkg: "internal/blackbox", ours: services},
	{pkg: "internal/fuzzingserver", ours: services},
	{pkg: "internal/drive", ours: services},
	{pkg: "internal/matrix", ours: services},
	{pkg: "internal/web", ours: join(judging, []string{"internal/access", "internal/catalogue"})},

	// What others import and start.
	{pkg: "harness", ours: join(judging, []string{"internal/engine", "internal/report"})},
	{pkg: "harness/http2", ours: join(engines, []string{"internal/capture"}), others: []string{"golang.org/x/net/http2/hpack"}},
	{pkg: "cmd/wscheck", ours: []string{"corpus", "gen", "harness/http2", "internal", "oracle", "wsproto"}, others: []string{
		"github.com/alecthomas/kong", "github.com/vbauerster/mpb/v8", "github.com/willabides/kongplete"}},
	{pkg: "fuzz", ours: join(sources, files, []string{"fuzz", "internal/raw", "internal/seedzip"})},
	{pkg: "fuzz/peers", ours: []string{"corpus", "fuzz/peers", "harness", "internal", "oracle", "wsproto"}, others: []string{
		"github.com/coder/websocket", "github.com/gobwas", "github.com/gorilla/websocket", "github.com/lxzan/gws", "golang.org/x/net/websocket"}},
}

// withoutIO are packages that touch neither the network nor files nor processes.
var withoutIO = join(judging, []string{"internal/autobahn", "internal/catalogue", "gen"})

// TestImports holds what each package imports to importRules.
func TestImports(t *testing.T) {
	packages := listPackages(t)
	if len(packages) < len(importRules)/2 {
		t.Fatalf("go list names %d packages", len(packages))
	}
	for _, p := range packages {
		rule := ruleOf(p.ImportPath)
		if rule == nil {
			t.Errorf("%s is in no rule of importRules: add it there and to docs/architecture.md", p.ImportPath)
			continue
		}
		for _, path := range p.Imports {
			name, ours := strings.CutPrefix(path, modulePath+"/")
			switch {
			case ours && !within(name, rule.ours):
				t.Errorf("%s imports %s: %s may import %q of this repository", p.ImportPath, name, rule.pkg, rule.ours)
			case !ours && strings.Contains(strings.Split(path, "/")[0], ".") && !within(path, rule.others):
				t.Errorf("%s imports %s: %s may import %q of others", p.ImportPath, path, rule.pkg, rule.others)
			case within(strings.TrimPrefix(p.ImportPath, modulePath+"/"), withoutIO) && path != "net/netip" && within(path, []string{"os", "net", "syscall", "io/ioutil"}):
				t.Errorf("%s imports %s: it does no I/O", p.ImportPath, path)
			}
		}
	}
}

// ruleOf returns the rule of a package: that of the longest path.
func ruleOf(path string) (found *importRule) {
	for i := range importRules {
		r := &importRules[i]
		if within(path, []string{modulePath + "/" + r.pkg}) && (found == nil || len(r.pkg) > len(found.pkg)) {
			found = r
		}
	}
	return found
}

// within reports whether path is one of packages, or within one.
func within(path string, packages []string) bool {
	return slices.ContainsFunc(packages, func(p string) bool { return path == p || strings.HasPrefix(path, p+"/") })
}

type goPackage struct {
	ImportPath string
	Dir, Name  string
	GoFiles    []string
	Imports    []string
}

// listPackages returns the packages of all modules of the repository.
func listPackages(t *testing.T) (packages []goPackage) {
	t.Helper()
	out := goCommand(t, "..", nil, "list", "-json=ImportPath,Dir,Name,GoFiles,Imports", "work")
	for dec := json.NewDecoder(strings.NewReader(out)); ; {
		var p goPackage
		switch err := dec.Decode(&p); {
		case errors.Is(err, io.EOF):
			return packages
		case err != nil:
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}
