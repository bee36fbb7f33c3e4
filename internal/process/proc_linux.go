package process

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/wscheck/wscheck/internal/crashlog"
)

// proc is what /proc shows of a process.
type proc struct {
	pid, parent, group, session int
	started                     uint64 // in ticks since the system started
	worked                      uint64 // in ticks, with what ended of its children
	exiting                     bool   // its first thread is past the point where it could do anything else
	dead                        bool   // it only waits to be waited for
}

// readStart reads the beginning of a file, with as little work as can be: there
// are hundreds of processes to look at.
func readStart(path string, buffer []byte) []byte {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer syscall.Close(fd)
	n, _ := syscall.Read(fd, buffer)
	return buffer[:max(n, 0)]
}

// flagExiting is PF_EXITING: set before the system closes what a process has
// open, so that this is seen by any program that sees a connection end with its process.
const flagExiting = 4

// readProc reads what there is of a process, or of one of its threads.
func readProc(dir string) (p proc, ok bool) {
	var buffer [512]byte
	b := readStart(dir+"/stat", buffer[:])
	// The command's name, in parentheses, may hold anything.
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	if len(fields) < 20 {
		return p, false
	}
	p.pid, _ = strconv.Atoi(filepath.Base(dir))
	p.parent, _ = strconv.Atoi(fields[1])
	p.group, _ = strconv.Atoi(fields[2])
	p.session, _ = strconv.Atoi(fields[3])
	flags, _ := strconv.ParseUint(fields[6], 10, 64)
	p.started, _ = strconv.ParseUint(fields[19], 10, 64)
	for _, field := range fields[11:15] {
		ticks, _ := strconv.ParseUint(field, 10, 64)
		p.worked += ticks
	}
	zombie := strings.ContainsAny(fields[0], "ZXx")
	p.exiting = zombie || flags&flagExiting != 0
	p.dead = zombie && fields[17] <= "1" // others are the threads of a process whose first has ended
	return p, true
}

func procDir(pid int) string { return "/proc/" + strconv.Itoa(pid) }

// processes returns all processes that /proc shows.
func processes() (all []proc) {
	d, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer d.Close()
	names, _ := d.Readdirnames(-1)
	for _, name := range names {
		if name[0] < '0' || name[0] > '9' {
			continue
		}
		if p, ok := readProc("/proc/" + name); ok {
			all = append(all, p)
		}
	}
	return all
}

// peakOf returns the peak resident size of a process in octets.
func peakOf(dir string) uint64 { return statusSize(dir, "VmHWM") }

// statusSize returns a size from a process's status in octets, 0 if it is not
// there.
func statusSize(dir, name string) uint64 {
	b, err := os.ReadFile(filepath.Join(dir, "status"))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		var kib uint64
		if n, _ := fmt.Sscanf(line, name+": %d kB", &kib); n == 1 {
			return kib << 10
		}
	}
	return 0
}

// describeProcess names a process by its number and its command line.
func describeProcess(pid int) string {
	line, _ := os.ReadFile(procDir(pid) + "/cmdline")
	text := strings.TrimSpace(strings.Join(strings.Split(string(line), "\x00"), " "))
	if text == "" {
		text = commandName(pid)
	}
	if text = crashlog.Printable(text); len(text) > maxCommandLine {
		text = strings.ToValidUTF8(text[:maxCommandLine], "") + "…"
	}
	return fmt.Sprintf("process %d (%s)", pid, text)
}

// maxCommandLine is how much of a command line is shown, in octets.
const maxCommandLine = 60

func commandName(pid int) string {
	name, _ := os.ReadFile(procDir(pid) + "/comm")
	return strings.TrimSpace(string(name))
}
