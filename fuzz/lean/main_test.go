package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestMain is lean itself where a test starts it.
func TestMain(m *testing.M) {
	if os.Getenv("WSCHECK_AS_LEAN") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestLean(t *testing.T) {
	for name, test := range map[string]struct {
		tool string
		args []string
		less bool
	}{
		"a library":            {"compile", []string{"-o", "x", "-p", "github.com/gobwas/ws", "-d=libfuzzer"}, false},
		"a module without dot": {"compile", []string{"-p", "mine/ws", "-d=libfuzzer"}, false},
		"a test":               {"compile", []string{"-p", "main", "-d=libfuzzer"}, false},
		"the standard library": {"compile", []string{"-p", "net/http", "-std", "-d=libfuzzer"}, true},
		"the kit":              {"compile.exe", []string{"-p", "github.com/wscheck/wscheck/oracle", "-d=libfuzzer", "a.go"}, true},
		"the kit's root":       {"compile", []string{"-d=libfuzzer", "-p", "github.com/wscheck/wscheck"}, true},
		"a name like the kit":  {"compile", []string{"-p", "github.com/wscheck/wscheck2", "-d=libfuzzer"}, false},
		"rapid":                {"compile", []string{"-p", "pgregory.net/rapid", "-d=libfuzzer"}, true},
		"the linker":           {"link", []string{"-p", "net/http", "-std", "-d=libfuzzer"}, false},
		"no package":           {"compile", []string{"-d=libfuzzer", "-p"}, false},
	} {
		want := slices.Clone(test.args)
		if test.less {
			want = slices.DeleteFunc(want, func(arg string) bool { return arg == "-d=libfuzzer" })
		}
		if got := lean("/go/pkg/tool/"+test.tool, test.args); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// TestVersion demands a version of the compiler that differs with lean, so that what
// is made with lean is not taken for what is made without.
func TestVersion(t *testing.T) {
	compile, err := exec.Command("go", "tool", "-n", "compile").Output()
	if err != nil {
		t.Fatal(err)
	}
	tool := strings.TrimSpace(string(compile))
	plain, err := exec.Command(tool, "-V=full").Output()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], tool, "-V=full")
	cmd.Env = append(os.Environ(), "WSCHECK_AS_LEAN=1")
	got, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Fields(string(plain))
	if fields := strings.Fields(string(got)); !slices.Equal(fields, slices.Insert(want, 3, "wscheck-lean")) {
		t.Errorf("got %q for %q", got, plain)
	}
}

// TestExitCode hands on how a tool fails.
func TestExitCode(t *testing.T) {
	cmd := exec.Command(os.Args[0], "go", "no-such-command")
	cmd.Env = append(os.Environ(), "WSCHECK_AS_LEAN=1")
	if err := cmd.Run(); cmd.ProcessState.ExitCode() != 2 {
		t.Errorf("%v, want what go fails with", err)
	}
}
