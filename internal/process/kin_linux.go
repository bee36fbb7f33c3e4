package process

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

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

// kin is a process and all that it started: its descendants, what was in its
// session or its group, and what has its mark in the environment.
type kin struct {
	root  proc
	mark  mark
	floor uint64 // the peak size of this program when it started the root

	mu       sync.Mutex
	known    map[int]uint64 // the starts of those that were seen
	foreign  map[int]uint64 // of those that have no mark
	listener string         // the open file that is the listener
	socket   string         // what that link says
	serves   int            // who has it; 0 if that cannot be seen
	asked    bool           // it was looked for
}

func newKin(p *os.Process, m mark) *kin {
	k := &kin{mark: m, known: map[int]uint64{}, foreign: map[int]uint64{}, floor: peakOf("/proc/self")}
	k.root, _ = readProc(procDir(p.Pid))
	k.root.pid = p.Pid
	return k
}

// members returns those that live.
func (k *kin) members() []proc {
	k.mu.Lock()
	defer k.mu.Unlock()
	all := processes()
	all = slices.DeleteFunc(all, func(p proc) bool { return p.started < k.root.started })
	in := make(map[int]bool)
	for more := true; more; {
		more = false
		for i := range all {
			if p := &all[i]; !in[p.pid] && (in[p.parent] || k.has(p)) {
				in[p.pid], more = true, true
			}
		}
	}
	var living []proc
	known := make(map[int]uint64, len(in))
	for _, p := range all {
		switch {
		case !in[p.pid]:
			continue
		case !p.dead:
			living = append(living, p)
		case p.parent == os.Getpid() && p.pid != k.root.pid:
			_, _ = syscall.Wait4(p.pid, nil, syscall.WNOHANG, nil) // an orphan: see adoptOrphans
		}
		known[p.pid] = p.started
	}
	k.known = known
	return living
}

// has reports whether a process is known to be one of k, with any parent.
// k.mu is held.
func (k *kin) has(p *proc) bool {
	switch {
	case p.pid == k.root.pid:
		return p.started == k.root.started
	case p.session == k.root.pid, p.group == k.root.pid:
		return true
	}
	if started, ok := k.known[p.pid]; ok && started == p.started {
		return true
	}
	if started, ok := k.foreign[p.pid]; ok && started == p.started || p.dead {
		return false
	}
	env, err := os.ReadFile(procDir(p.pid) + "/environ")
	if err == nil && k.mark.in(env) {
		return true
	}
	if err != nil || len(env) > 0 { // it is empty while a program is being loaded
		if len(k.foreign) > 1<<12 {
			clear(k.foreign)
		}
		k.foreign[p.pid] = p.started
	}
	return false
}

// signal sends a signal to all that live.
func (k *kin) signal(s syscall.Signal) {
	members := k.members()
	if slices.ContainsFunc(members, func(p proc) bool { return p.group == k.root.pid }) {
		_ = syscall.Kill(-k.root.pid, s)
	}
	for _, p := range members {
		if p.group != k.root.pid {
			_ = syscall.Kill(p.pid, s)
		}
	}
}

func (k *kin) gone() bool {
	if k.root.started == 0 { // there is no /proc
		return groupGone(k.root.pid)
	}
	return len(k.members()) == 0
}

// dying reports whether the process cannot but end, or has ended.
func (k *kin) dying() bool {
	if k.root.started == 0 {
		return false
	}
	p, ok := readProc(procDir(k.root.pid))
	if !ok || p.started != k.root.started {
		return true
	}
	if !p.exiting {
		return false
	}
	threads, _ := filepath.Glob(procDir(k.root.pid) + "/task/*")
	return !slices.ContainsFunc(threads, func(dir string) bool {
		t, ok := readProc(dir)
		return ok && !t.exiting
	})
}

// memory adds up the peak resident sizes of all that live, in octets.
func (k *kin) memory() (octets uint64) {
	for _, p := range k.members() {
		octets += peakOf(procDir(p.pid))
	}
	return octets
}

// ticksPerSecond is USER_HZ, which is the same on all machines that Go runs on.
const ticksPerSecond = 100

// work adds up the processors' time that all that live have taken, with what ended
// of their children.
func (k *kin) work() (total time.Duration) {
	for _, p := range k.members() {
		total += time.Duration(p.worked) * (time.Second / ticksPerSecond)
	}
	return total
}

// held adds up the resident sizes of all that live, in octets.
func (k *kin) held() (octets uint64) {
	for _, p := range k.members() {
		octets += statusSize(procDir(p.pid), "VmRSS")
	}
	return octets
}

// peak is the peak resident size of the process, once it has ended, or 0. The
// system counts this program's own size in, as it was when it started the
// process.
func (k *kin) peak(s *os.ProcessState) uint64 {
	if octets := peakMemory(s); octets > k.floor {
		return octets
	}
	return 0
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

// anyOf names one that lives, "" if none does.
func (k *kin) anyOf() string {
	for _, p := range k.members() {
		return describeProcess(p.pid)
	}
	return ""
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

// forwarders are programs that listen for containers, and are not started by
// the command that starts the container.
var forwarders = []string{"docker-proxy", "rootlessport", "slirp4netns", "pasta", "pasta.avx2", "gvproxy"}

// owner names the process that listens where conn was connected to, and reports
// whether it is one of k. Where that cannot be known, the answer is "" and true:
// no process listened there before the process was started.
func (k *kin) owner(conn net.Conn) (who string, ours bool) {
	pid, fd, socket := k.find(conn)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.serves, k.asked, k.listener, k.socket = pid, true, fd, socket
	if pid == 0 {
		return "", true
	}
	p, ok := readProc(procDir(pid))
	started, known := k.known[pid]
	switch {
	case known && started == p.started, !ok:
		ours = true
	case p.started >= k.root.started && slices.Contains(forwarders, commandName(pid)):
		ours = true
	case k.orphan(&p): // it has wiped its environment
		ours = true
		k.known[pid] = p.started
	}
	return describeProcess(pid), ours
}

// orphan reports whether a process may have come to this program when its parent
// ended: see adoptOrphans.
func (k *kin) orphan(p *proc) bool {
	self, _ := readProc("/proc/self")
	return p.parent == os.Getpid() && p.started >= k.root.started && p.session != self.session && p.pid != k.root.pid && !p.dead
}

// leaves reports whether something may be left of k besides the root, and yet
// come to listen.
func (k *kin) leaves() bool {
	return len(k.members()) > 0 || slices.ContainsFunc(processes(), func(p proc) bool { return k.orphan(&p) })
}

// parted reports whether another process than the root listens.
func (k *kin) parted() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.serves != 0 && k.serves != k.root.pid
}

// find returns the process that listens where conn was connected to, one of k
// if there are several, with the open file and what its link says; 0 if none is
// seen.
func (k *kin) find(conn net.Conn) (pid int, fd, socket string) {
	var first []int
	for _, p := range k.members() {
		first = append(first, p.pid)
	}
	return findListener(conn, first)
}

// listenerOf names the process that listens where conn was connected to; "" if
// that cannot be known.
func listenerOf(conn net.Conn) string {
	if pid, _, _ := findListener(conn, nil); pid != 0 {
		return describeProcess(pid)
	}
	return ""
}

// findListener returns the process that listens where conn was connected to, and
// looks at some of them first.
func findListener(conn net.Conn, first []int) (pid int, fd, socket string) {
	var sockets []string
	if c, ok := conn.(*net.UnixConn); ok {
		if pid := listenedBy(c); pid != 0 {
			return pid, "", ""
		}
		sockets = unixListeners(conn.RemoteAddr().String())
	} else {
		sockets = tcpListeners(conn)
	}
	if len(sockets) == 0 {
		return 0, "", ""
	}
	for _, pid := range first {
		if fd, socket := openSocket(pid, sockets); fd != "" {
			return pid, fd, socket
		}
	}
	for _, p := range processes() {
		if fd, socket := openSocket(p.pid, sockets); fd != "" {
			return p.pid, fd, socket
		}
	}
	return 0, "", ""
}

// openSocket returns the open file of a process that is one of some sockets,
// and what its link says.
func openSocket(pid int, sockets []string) (fd, socket string) {
	dir := procDir(pid) + "/fd"
	d, err := os.Open(dir)
	if err != nil {
		return "", ""
	}
	defer d.Close()
	names, _ := d.Readdirnames(-1)
	for _, name := range names {
		fd := filepath.Join(dir, name)
		if link, err := os.Readlink(fd); err == nil && slices.Contains(sockets, link) {
			return fd, link
		}
	}
	return "", ""
}

// stillListens reports whether what was found to listen still does, or could not
// be seen in the first place.
func (k *kin) stillListens() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.listener == "" {
		return k.asked && k.serves == 0
	}
	link, err := os.Readlink(k.listener)
	return err == nil && link == k.socket
}

// listenedBy returns the process that listens on a Unix socket, if it lives.
func listenedBy(c *net.UnixConn) (pid int) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0
	}
	_ = raw.Control(func(fd uintptr) {
		if cred, err := syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED); err == nil {
			pid = int(cred.Pid)
		}
	})
	if p, ok := readProc(procDir(pid)); !ok || p.dead {
		return 0
	}
	return pid
}

func socketLink(inode string) string { return "socket:[" + inode + "]" }

// unixListeners returns the links of the sockets that listen at a path.
func unixListeners(path string) (links []string) {
	f, err := os.Open("/proc/self/net/unix")
	if err != nil {
		return nil
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		// Num: RefCount Protocol Flags Type St Inode Path
		fields := strings.SplitN(strings.Join(strings.Fields(lines.Text()), " "), " ", 8)
		if len(fields) == 8 && fields[3] == "00010000" && fields[7] == path {
			links = append(links, socketLink(fields[6]))
		}
	}
	return links
}

// listening is a line of /proc/net/tcp.
type listening struct {
	addr net.TCPAddr
	v6   bool
	link string
}

// listeners returns the TCP sockets that listen. They come first in /proc/net,
// before the many that are connected.
func listeners() (all []listening) {
	for _, name := range []string{"tcp", "tcp6"} {
		f, err := os.Open("/proc/self/net/" + name)
		if err != nil {
			continue
		}
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			fields := strings.Fields(lines.Text())
			if len(fields) < 10 || fields[0] == "sl" {
				continue
			}
			if fields[3] != "0A" {
				break
			}
			l := listening{v6: name == "tcp6", link: socketLink(fields[9])}
			ip, port, _ := strings.Cut(fields[1], ":")
			number, err := strconv.ParseUint(port, 16, 16)
			octets, err2 := hex.DecodeString(ip)
			if err != nil || err2 != nil || len(octets)%4 != 0 {
				continue
			}
			for word := range slices.Chunk(octets, 4) { // printed as numbers of this machine's
				binary.NativeEndian.PutUint32(word, binary.BigEndian.Uint32(word))
			}
			l.addr = net.TCPAddr{IP: octets, Port: int(number)}
			all = append(all, l)
		}
		f.Close()
	}
	return all
}

// tcpListeners returns the links of the sockets that may have taken a
// connection, if its other end is on this machine.
func tcpListeners(conn net.Conn) (links []string) {
	local, ok := conn.LocalAddr().(*net.TCPAddr)
	remote, ok2 := conn.RemoteAddr().(*net.TCPAddr)
	if !ok || !ok2 || !remote.IP.IsLoopback() && !local.IP.Equal(remote.IP) {
		return nil
	}
	best := 0
	for _, l := range listeners() {
		rank := 0
		switch {
		case l.addr.Port != remote.Port:
		case l.addr.IP.Equal(remote.IP):
			rank = 3
		case !l.addr.IP.IsUnspecified():
		case l.v6 == (remote.IP.To4() == nil):
			rank = 2
		case l.v6:
			rank = 1 // takes both
		}
		if rank > best {
			best, links = rank, nil
		}
		if rank > 0 && rank == best {
			links = append(links, l.link)
		}
	}
	return links
}

// listens names the addresses that k listens on; "" if there are none.
func (k *kin) listens() string {
	var where []string
	all := listeners()
	for _, p := range k.members() {
		for _, l := range all {
			if fd, _ := openSocket(p.pid, []string{l.link}); fd != "" && !slices.Contains(where, l.addr.String()) {
				where = append(where, l.addr.String())
			}
		}
	}
	return strings.Join(where[:min(len(where), 4)], ", ")
}

// orphans counts who wants to have them.
var orphans struct {
	sync.Mutex
	wanted int
}

// setChildSubreaper is PR_SET_CHILD_SUBREAPER.
const setChildSubreaper = 36

// adoptOrphans has descendants whose parents have ended become children of this
// program, until release is called, so that none gets out of sight.
func adoptOrphans() (release func()) {
	orphans.Lock()
	defer orphans.Unlock()
	if orphans.wanted++; orphans.wanted == 1 {
		_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, setChildSubreaper, 1, 0)
	}
	return func() {
		orphans.Lock()
		defer orphans.Unlock()
		if orphans.wanted--; orphans.wanted == 0 {
			_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, setChildSubreaper, 0, 0)
		}
	}
}

// terminate asks all to end.
func (k *kin) terminate() { k.signal(syscall.SIGTERM) }

// kill ends all, within bounds, also what they start meanwhile.
func (k *kin) kill() {
	for limit := time.Now().Add(killLimit); !k.gone() && time.Now().Before(limit); {
		k.signal(syscall.SIGKILL)
		Pause(context.Background(), nil, portPoll)
	}
}
