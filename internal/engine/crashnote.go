package engine

import (
	"bytes"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/wscheck/wscheck/internal/visible"
	"github.com/wscheck/wscheck/internal/wholefile"
)

// A peer in this process can end it in ways that no test can catch: by os.Exit, by
// a panic in a goroutine of its own, by a fatal error of the runtime. So the case
// that is played is written to a file beforehand. What is left there is reported
// twice: by a shell that waits for the end of the process, so that the run that
// died names the case, and by the next run in the same folder, where there is no
// shell.

// crashNotes are the files of this process.
var crashNotes struct {
	sync.Mutex
	dir      string   // "" until the first suite
	crash    *os.File // what the runtime prints when it ends the process
	pipe     *os.File // the watcher's input, open until the process ends
	open     int      // notes
	serial   int
	reported bool // what runs before this one left
}

// crashNote is the file of one suite. The zero value is ready for use.
type crashNote struct {
	file *os.File
	line [noteSize]byte
	off  bool // no file can be had, or none is wanted
}

// noteSize is the size of a note in octets: written in one go, and padded, so that
// there is always one whole line. Longer ones are cut.
const noteSize = 512

// begin notes that a test plays a case.
func (n *crashNote) begin(test, caseID string) {
	if test == "" {
		return // not a test that could be run again
	}
	if n.file == nil && !n.off {
		n.file = openNote()
		n.off = n.file == nil
	}
	if n.off {
		return
	}
	rest := n.line[copy(n.line[:noteSize-1], caseID+": "+testCommand(test)):]
	for i := range rest {
		rest[i] = ' '
	}
	n.line[noteSize-1] = '\n'
	_, _ = n.file.WriteAt(n.line[:], 0) // a case that is not noted is played all the same
}

// removeNote removes the note: the tests have come to their end.
func (n *crashNote) removeNote() {
	if n.file == nil {
		return
	}
	n.file.Close()
	os.Remove(n.file.Name())
	n.file = nil
	all := &crashNotes
	all.Lock()
	defer all.Unlock()
	if all.open--; all.open == 0 {
		_ = debug.SetCrashOutput(nil, debug.CrashOptions{})
		if all.crash != nil {
			all.crash.Close()
		}
		os.RemoveAll(all.dir)
	}
}

// The files of a process: noteFile and a number for each suite, and crashFile.
const (
	noteFile  = "case"
	crashFile = "crash"
)

// openNote makes a file for a note, nil if it cannot.
func openNote() *os.File {
	if fuzzWorker() {
		return nil // go test names the input that ended a worker
	}
	all := &crashNotes
	all.Lock()
	defer all.Unlock()
	if !all.reported {
		all.reported = true
		prefix, err := notesPrefix()
		if err != nil {
			return nil
		}
		reportNotes(os.Stderr, prefix)
		all.dir = prefix + strconv.Itoa(os.Getpid())
		watchNotes(all.dir)
	}
	if all.open == 0 {
		if os.Mkdir(all.dir, 0o700) != nil {
			return nil
		}
		var err error
		if all.crash, err = os.Create(filepath.Join(all.dir, crashFile)); err == nil {
			_ = debug.SetCrashOutput(all.crash, debug.CrashOptions{}) // without it the note says less
		}
	}
	all.serial++
	f, err := os.Create(filepath.Join(all.dir, noteFile+strconv.Itoa(all.serial)))
	if err != nil {
		return nil
	}
	all.open++
	return f
}

// notesPrefix is how the folders of the tests in the working directory are named;
// the number of the process follows.
func notesPrefix() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	h := fnv.New64a()
	h.Write([]byte(dir))
	return filepath.Join(os.TempDir(), fmt.Sprintf("wscheck-%016x-", h.Sum64())), nil
}

// What is said of the end of a process.
const (
	noteText    = "wscheck: the tests ended in the middle of the case "
	noteAgain   = "wscheck: the last run of these tests ended in the middle of the case "
	bubbleAgain = "wscheck: the peer shares channels, locks or goroutines between connections, which a bubble cannot hold: set Config.Live"
)

// watcher waits for the end of its input, which is that of this process, and prints
// the notes in the folder $0. It outlives what ends the process.
const watcher = `trap '' HUP INT TERM
while read -r _; do :; done
for note in "$0"/` + noteFile + `*; do
	[ -f "$note" ] && read -r line <"$note" && printf '%s%s\n' '` + noteText + `' "$line" >&2
done
{
	while read -r goroutine && [ -z "$goroutine" ]; do :; done
	read -r called; read -r _; read -r caller
} 2>/dev/null <"$0/` + crashFile + `" || exit 0
case $goroutine in 'goroutine '*' [running'*) ;; *) exit 0 ;; esac
case $called$caller in 'sync.fatal('*'sync.(*WaitGroup)'*) ;; *fatal'('*) exit 0 ;; esac
printf '%s\n' '` + bubbleAgain + `' >&2
`

// watchNotes starts the watcher, where there is a shell. The lock is held.
func watchNotes(dir string) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		return
	}
	r, w, err := os.Pipe()
	if err != nil {
		return
	}
	defer r.Close()
	cmd := exec.Command(sh, "-c", watcher, dir)
	cmd.Stdin, cmd.Stderr = r, os.Stderr
	if cmd.Start() != nil {
		w.Close()
		return
	}
	crashNotes.pipe = w
}

// reportNotes prints and removes what the processes left that have ended.
func reportNotes(out io.Writer, prefix string) {
	dirs, _ := filepath.Glob(prefix + "*") // the pattern is well-formed
	for _, dir := range dirs {
		pid, err := strconv.Atoi(dir[len(prefix):])
		if err != nil || pid != os.Getpid() && running(pid) {
			continue
		}
		reason, crossed := crashReason(filepath.Join(dir, crashFile))
		notes, _ := filepath.Glob(filepath.Join(dir, noteFile+"*"))
		for _, name := range notes {
			line := firstLine(name)
			if line == "" {
				continue
			}
			fmt.Fprintf(out, "%s%s\n", noteAgain, line)
			if reason != "" {
				fmt.Fprintf(out, "wscheck: it ended by %s\n", reason)
			}
			if crossed {
				fmt.Fprintln(out, bubbleAgain)
			}
		}
		os.RemoveAll(dir)
	}
}

// firstLine returns the first line of a note, fit to be printed.
func firstLine(name string) string {
	b, _ := wholefile.Head(name, noteSize)
	line, _, _ := bytes.Cut(b, []byte("\n"))
	return strings.TrimSpace(visible.Plain(string(line)))
}

// maxReason bounds the octets of a crash that are looked at.
const maxReason = 4 << 10

// crashReason returns what is known of the runtime's reason to end a process, ""
// for none, and whether it was that something crossed the border of a bubble.
func crashReason(name string) (reason string, crossed bool) {
	b, _ := wholefile.Head(name, maxReason)
	text := strings.TrimSpace(string(b))
	line, _, _ := strings.Cut(text, "\n")
	switch {
	case text == "":
		return "", false
	case !strings.HasPrefix(text, "goroutine ") && !strings.HasPrefix(text, "runtime "):
		return strings.TrimSpace(visible.Plain(line)), false
	}
	return "a fatal error of the runtime", crossedBubble(text)
}

// crossedBubble reports whether a fatal error was that something crossed the border of a
// bubble. The runtime's crash output of a fatal error is the stack without the
// reason. If it is about a bubble, the stack begins with what called into the
// runtime; other errors have a function called fatal there.
func crossedBubble(stack string) bool {
	lines := append(strings.SplitN(stack, "\n", 5), "", "", "")
	goroutine, called, caller := lines[0], lines[1], lines[3]
	switch {
	case !strings.HasPrefix(goroutine, "goroutine ") || !strings.Contains(goroutine, " [running"):
		return false
	case strings.HasPrefix(called, "sync.fatal("):
		return strings.HasPrefix(caller, "sync.(*WaitGroup)")
	}
	return !strings.Contains(called, "fatal(")
}

// running reports whether there is a process with that number.
func running(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	defer p.Release()
	err = p.Signal(syscall.Signal(0))
	return err == nil || errors.Is(err, fs.ErrPermission) || errors.Is(err, errors.ErrUnsupported)
}
