package process

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

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

// held adds up the resident sizes of all that live, in octets, and what the system
// has granted them.
func (k *kin) held() (resident, granted uint64) {
	for _, p := range k.members() {
		resident += statusSize(procDir(p.pid), "VmRSS")
		granted += statusSize(procDir(p.pid), "VmData")
	}
	return resident, granted
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

// anyOf names one that lives, "" if none does.
func (k *kin) anyOf() string {
	for _, p := range k.members() {
		return describeProcess(p.pid)
	}
	return ""
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
