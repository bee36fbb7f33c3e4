package harness_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// Bounds of the exported names: a name that is not exported can be changed at will.
const (
	maxNames        = 456
	maxHarnessNames = 30
)

// TestPublicSurface counts what importers can name: what packages outside of internal
// export at their top level, and the methods of exported types. Each has to have a
// doc comment, of its own or of its group.
func TestPublicSurface(t *testing.T) {
	sum := 0
	for _, p := range listPackages(t) {
		name := strings.TrimPrefix(p.ImportPath, modulePath+"/")
		if p.Name == "main" || within(name, []string{"internal", "fuzz"}) {
			continue
		}
		names := 0
		for _, file := range p.GoFiles {
			parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			exported(parsed, func(exportedName string, documented bool) {
				names++
				if !documented {
					t.Errorf("%s.%s has no doc comment", name, exportedName)
				}
			})
		}
		t.Logf("%s exports %d names", name, names)
		if sum += names; name == "harness" && names > maxHarnessNames {
			t.Errorf("harness exports %d names, want at most %d: see whether internal/engine can have them", names, maxHarnessNames)
		}
	}
	t.Logf("%d names in all", sum)
	if sum > maxNames {
		t.Errorf("%d names are exported, want at most %d: move what no importer needs under internal", sum, maxNames)
	}
}

// exported calls visit for each exported name of a file.
func exported(file *ast.File, visit func(name string, documented bool)) {
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && (d.Recv == nil || ast.IsExported(receiver(d.Recv.List[0].Type))) {
				visit(d.Name.Name, d.Doc != nil)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					if s.Name.IsExported() {
						visit(s.Name.Name, d.Doc != nil || s.Doc != nil)
					}
				case *ast.ValueSpec:
					for _, name := range s.Names {
						if name.IsExported() {
							visit(name.Name, d.Doc != nil || s.Doc != nil || s.Comment != nil)
						}
					}
				}
			}
		}
	}
}

// receiver returns the name of a receiver's type.
func receiver(expr ast.Expr) string {
	switch e := expr.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}
