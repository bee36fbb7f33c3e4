package process

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// listening is a line of /proc/net/tcp.
type listening struct {
	addr net.TCPAddr
	v6   bool
	link string
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
