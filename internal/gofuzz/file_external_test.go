package gofuzz_test

import (
	"testing"

	"github.com/wscheck/wscheck/internal/gofuzz"
)

func TestParse(t *testing.T) {
	for name, c := range map[string]struct{ file, octets, problem string }{
		"bytes":        {"go test fuzz v1\n[]byte(\"a\\x00\\xff\\n\\\"\")\n", "a\x00\xff\n\"", ""},
		"string":       {"go test fuzz v1\nstring(\"ü\")", "ü", ""},
		"raw string":   {"go test fuzz v1\n[]byte(`a\\n`)\n", `a\n`, ""},
		"others":       {"go test fuzz v1\nint(-5)\nbool(true)\n[]byte(\"x\")\nstring(\"y\")\n", "x", ""},
		"Windows":      {"go test fuzz v1\r\n[]byte(\"x\")\r\n", "x", ""},
		"empty":        {"", "", "line 1: there is no []byte and no string"},
		"header alone": {"go test fuzz v1\n", "", "line 1: there is no []byte and no string"},
		"version":      {"go test fuzz v2\n[]byte(\"\")\n", "", `line 1: want "go test fuzz v1"`},
		"no octets":    {"go test fuzz v1\nint(5)\n", "", "line 2: there is no []byte and no string"},
		"no value":     {"go test fuzz v1\n\nhello\n", "", `line 3: want a value such as []byte("…")`},
		"no literal":   {"go test fuzz v1\n[]byte(\"a)\n", "", "line 2: the value is not a string literal of Go"},
		"cut short":    {"go test fuzz v1\n[]byte(\"a", "", `line 2: want a value such as []byte("…")`},
	} {
		t.Run(name, func(t *testing.T) {
			octets, err := gofuzz.Parse([]byte(c.file))
			switch {
			case c.problem == "" && (err != nil || string(octets) != c.octets):
				t.Errorf("got %q, %v, want %q", octets, err, c.octets)
			case c.problem != "" && (err == nil || err.Error() != c.problem || octets != nil):
				t.Errorf("got %q, %v, want %s", octets, err, c.problem)
			}
		})
	}
}

func TestFormat(t *testing.T) {
	if got, want := string(gofuzz.Format([]byte("a\x00é\xff"))), "go test fuzz v1\n[]byte(\"a\\x00é\\xff\")\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
