//go:build unix

package engine_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/wsproto"
)

// bePeer makes this process a server of some kind, until it is ended.
func bePeer(kind string) {
	switch kind {
	case "absent":
		fmt.Fprintln(os.Stderr, "cannot find my configuration")
		os.Exit(7)
	case "parent": // of a server in a session of its own
		spawn(os.Environ(), "echo").Wait()
		return
	case "bare-parent": // of one whose environment says nothing
		spawn([]string{"PORT=" + os.Getenv("PORT")}, "echo").Wait()
		return
	case "grandparent": // of one whose parent has ended, and whose environment says nothing
		spawn([]string{"PORT=" + os.Getenv("PORT")}, "daemon").Wait()
		select {}
	case "daemon": // ends before the server in the background serves
		spawn(os.Environ(), "orphan")
		return
	case "bare-daemon":
		spawn([]string{"PORT=" + os.Getenv("PORT")}, "orphan")
		return
	case "orphan":
		_, _ = io.Copy(io.Discard, os.Stdin) // until the parent has ended
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
	case "large":
		ballast = make([]byte, ballastSize)
		for i := 0; i < len(ballast); i += 1 << 10 {
			ballast[i] = 1
		}
	case "large-parent":
		spawn(os.Environ(), "large").Wait()
		return
	}
	ln := peerListener()
	fmt.Println("serving as", os.Getpid())
	switch kind {
	case "mortal":
		ln = mortal{ln}
	case "keeper": // of the listener, for one worker after the other
		file, err := ln.(*net.TCPListener).File()
		if err != nil {
			panic(err)
		}
		for {
			spawn(os.Environ(), "worker", file).Wait()
		}
	case "worker":
		ln = mortal{ln}
	case "unwinding":
		ln = &unwinding{Listener: ln}
	case "few":
		ln = &few{Listener: ln}
	case "hanging":
		ln = &hanging{Listener: ln}
	case "announcing":
		path := fmt.Sprintf("/%d", os.Getpid())
		ln = secret{mortal{ln}, path}
		fmt.Printf("listening on ws://%v%s\n", ln.Addr(), path)
	}
	reference.Serve(context.Background(), ln, reference.Options{})
}

// few is a listener that resets each connection while there are three.
type few struct {
	net.Listener
	active atomic.Int32
}

func (f *few) Accept() (net.Conn, error) {
	for {
		conn, err := f.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if f.active.Load() < 3 {
			f.active.Add(1)
			return &counted{Conn: conn, of: f}, nil
		}
		_ = conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
	}
}

// counted is a connection of a [few].
type counted struct {
	net.Conn
	of   *few
	over sync.Once
}

func (c *counted) Close() error {
	defer c.over.Do(func() { c.of.active.Add(-1) })
	return c.Conn.Close()
}

// ballast is what makes a process large.
var ballast []byte

const ballastSize = 64 << 20

// peerListener listens on PORT, or takes the listener that it was given.
func peerListener() (ln net.Listener) {
	var err error
	if os.Getenv(peerEnv) == "worker" {
		ln, err = net.FileListener(os.NewFile(3, "listener"))
	} else {
		ln, err = net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return ln
}

// spawn starts a server of some kind in a session of its own, with a pipe to it.
func spawn(env []string, kind string, files ...*os.File) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(env, peerEnv+"="+kind)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = os.Stdout, os.Stderr, files
	if _, err := cmd.StdinPipe(); err != nil {
		panic(err)
	}
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return cmd
}

// mortal is the listener of a server that dies of a ping of 125 octets.
type mortal struct{ net.Listener }

func (m mortal) Accept() (net.Conn, error) {
	c, err := m.Listener.Accept()
	return newMortalConn(c, func() { die("ping too long") }), err
}

func die(why string) {
	fmt.Fprintln(os.Stderr, "panic: "+why)
	os.Exit(2)
}

// unwinding is the listener of a server that closes a connection on a ping of
// 125 octets, and is about to end then: it takes one more connection, and ends
// without an answer.
type unwinding struct {
	net.Listener
	doomed atomic.Bool
}

func (u *unwinding) Accept() (net.Conn, error) {
	c, err := u.Listener.Accept()
	if u.doomed.Load() {
		die("unwound")
	}
	return newMortalConn(c, func() {
		u.doomed.Store(true)
		c.Close()
	}), err
}

// hanging is the listener of a server that does nothing any more, on any connection that is made then,
// after a ping of 125 octets.
type hanging struct {
	net.Listener
	hangs atomic.Bool
}

func (h *hanging) Accept() (net.Conn, error) {
	c, err := h.Listener.Accept()
	if h.hangs.Load() {
		select {}
	}
	return newMortalConn(c, func() {
		h.hangs.Store(true)
		select {}
	}), err
}

// secret is the listener of a server that takes no request but one for its path.
type secret struct {
	net.Listener
	path string
}

func (s secret) Accept() (net.Conn, error) {
	c, err := s.Listener.Accept()
	return &secretConn{Conn: c, begin: "GET " + s.path + " "}, err
}

type secretConn struct {
	net.Conn
	begin string // of what is read
}

func (c *secretConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err == nil && !strings.HasPrefix(string(b[:n]), c.begin) {
		return 0, io.EOF
	}
	c.begin = ""
	return n, err
}

// mortalConn looks into what is read, and dies of a ping of 125 octets.
type mortalConn struct {
	net.Conn
	parser *wsproto.Collector
	opened *bool
	die    func()
}

func newMortalConn(c net.Conn, die func()) mortalConn {
	return mortalConn{Conn: c, parser: new(wsproto.Collector), opened: new(bool), die: die}
}

func (c mortalConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	data := b[:n]
	if !*c.opened {
		if _, k, _ := wsproto.ParseRequest(data); k > 0 {
			*c.opened, data = true, data[k:]
		}
	}
	for _, f := range c.parser.Feed(data) {
		if f.Opcode == wsproto.OpPing && f.Length == 125 {
			c.die()
		}
	}
	return n, err
}
