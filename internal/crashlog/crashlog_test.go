package crashlog

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// TestWords demands that a crash is described by the line that says why.
func TestWords(t *testing.T) {
	dump := strings.Repeat("goroutine 7 [select]:\nmain.serve(0xc000)\n\t/src/main.go:10 +0x20\n\n", 400)
	for _, c := range []struct{ name, output, want string }{
		{"nothing", "\n \n", ""},
		{"plain", "listening\ncannot find my configuration\n", "cannot find my configuration"},
		{"no line ending", "listening\nTypeError: x", "TypeError: x"},
		{"Node, error", "up\n/a.js:1\nnull.foo()\n     ^\n\nTypeError: Cannot read properties of null (reading 'foo')\n    at Timeout (/a.js:1:51)\n\nNode.js v20.20.2\n", "TypeError: Cannot read properties of null (reading 'foo')"},
		{"Node, own class", "/c.js:1\nthrow new MyFault()\n^\n\nMyFault: my fault\n    at c.js:1 {\n  code: 'E_X'\n}\n\nNode.js v20.20.2\n", "MyFault: my fault"},
		{"Node, string", "\n/e.js:1\nthrow \"a string\"\n^\na string\n(Use `node --trace-uncaught ...` to show where the exception was thrown)\n\nNode.js v20.20.2\n", "a string"},
		{"Node, event", "node:events:515\n    throw err; // Unhandled 'error' event\n    ^\n\nError [ERR_UNHANDLED_ERROR]: Unhandled error. ({ a: 1 })\n    at x {\n  context: { a: 1 }\n}\n\nNode.js v20.20.2\n", "Error [ERR_UNHANDLED_ERROR]: Unhandled error. ({ a: 1 })"},
		{"Node, memory", "<--- Last few GCs --->\n\nFATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n 1: 0xb0a860 node::Abort() [node]\n", "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"},
		{"Python", "Traceback (most recent call last):\n  File \"a.py\", line 4, in f\n    {}['x']\n    ~~^^^^^\nKeyError: 'x'\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"a.py\", line 7, in <module>\n    f()\nBoom: it went\nwrong\n", "Boom: it went"},
		{"Go panic", "up\npanic: runtime error: index out of range [4] with length 0\n\n" + dump + "exit status 2\n", "panic: runtime error: index out of range [4] with length 0"},
		{"Go fatal error", "fatal error: concurrent map writes\n\n" + dump, "fatal error: concurrent map writes"},
		{"Rust", "\nthread 'main' (31303) panicked at a.rs:1:85:\nindex out of bounds: the len is 0 but the index is 4\nstack backtrace:\n   0: rust_begin_unwind\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n", "thread 'main' (31303) panicked at a.rs:1:85: index out of bounds: the len is 0 but the index is 4"},
		{"older Rust", "thread 'main' panicked at 'explicit panic', a.rs:1:13\nnote: run with `RUST_BACKTRACE=1`\n", "thread 'main' panicked at 'explicit panic', a.rs:1:13"},
		{"Java", "Exception in thread \"main\" java.lang.RuntimeException: outer\n\tat A.main(A.java:1)\nCaused by: java.lang.IllegalStateException: inner\n\tat A.main(A.java:1)\n\t... 7 more\n", "Exception in thread \"main\" java.lang.RuntimeException: outer"},
		{"JVM", "#\n# A fatal error has been detected by the Java Runtime Environment:\n#\n#  SIGSEGV (0xb) at pc=0x00007f, pid=1, tid=2\n#\n# JRE version: OpenJDK (17)\n", "#  SIGSEGV (0xb) at pc=0x00007f, pid=1, tid=2"},
		{"assert", "x.c:12\nx: x.c:12: f: Assertion `n > 0' failed.\nAborted (core dumped)\n", "x: x.c:12: f: Assertion `n > 0' failed."},
		{"sanitizer", "=====\n==123==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602\n    #0 0x55 in main a.c:4\nSUMMARY: AddressSanitizer: heap-buffer-overflow a.c:4 in main\n==123==ABORTING\n", "==123==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602"},
		{"C++", "terminate called after throwing an instance of 'std::runtime_error'\n  what():  boom\nAborted\n", "terminate called after throwing an instance of 'std::runtime_error' what():  boom"},
		{"C++, no message", "terminate called without an active exception\nAborted\n", "terminate called without an active exception"},
		{"glibc", "free(): double free detected in tcache 2\nAborted\n", "free(): double free detected in tcache 2"},
		{"Ruby", "a.rb:3:in `f': boom (RuntimeError)\n\tfrom a.rb:5:in `<main>'\n", "a.rb:3:in `f': boom (RuntimeError)"},
		{"C#", "Unhandled exception. System.InvalidOperationException: boom\n   at P.Main()\n", "Unhandled exception. System.InvalidOperationException: boom"},
		{"long ago", "Error: bad frame\n" + strings.Repeat("connection closed\n", 4000) + "bye\n", "bye"},
		{"the last one", "panic: first\npanic: second\n", "panic: second"},
		{"colours", "\x1b[31mTypeError:\x1b[0m x\x07\u202ey\x1b]0;title\x07\n", "TypeError: xy"},
		{"no UTF-8", "bad \xff octet\n", "bad \uFFFD octet"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, size := range []int{1, 7, 4096, len(c.output)} { // octets of a write
				l := new(Log)
				for rest := c.output; rest != ""; {
					n := min(max(size, 1), len(rest))
					l.Write([]byte(rest[:n]))
					rest = rest[n:]
				}
				if got := l.Words(); got != c.want {
					t.Errorf("in writes of %d octets: %q, want %q", size, got, c.want)
				}
			}
		})
	}
}

// TestBounds demands that no output makes a log large, nor what is shown of it.
func TestBounds(t *testing.T) {
	for _, piece := range []string{"x", "é", "panic: x", "Error: \n", "\x1b[", "Traceback (most recent call last):\n"} {
		l := new(Log)
		for range 10 {
			l.Write([]byte(strings.Repeat(piece, 2000)))
		}
		words := l.Words()
		if len(l.Tail()) > tailSize || cap(l.line) > 2*lineSize || len(words) > shownSize+len("…") {
			t.Errorf("%q: %d octets of tail, %d of line, %d of words", piece, len(l.Tail()), cap(l.line), len(words))
		}
		if !utf8.ValidString(words) || strings.ContainsFunc(words, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%q: not printable: %q", piece, words)
		}
	}
}

func TestPanicked(t *testing.T) {
	for output, want := range map[string]bool{
		"panic: x\n" + strings.Repeat("y\n", tailSize): true,
		"fatal error: all goroutines are asleep\n":     true,
		"no panic: here\n":                             false,
		"TypeError: x\n":                               false,
	} {
		l := new(Log)
		l.Write([]byte(output))
		if got := l.Panicked(); got != want {
			t.Errorf("%.20q…: %v, want %v", output, got, want)
		}
	}
}
