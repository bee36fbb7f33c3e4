package harness

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// Limits for a peer's process.
const (
	portLimit  = 30 * time.Second     // for its port to open
	portPoll   = 5 * time.Millisecond // between two tries
	graceLimit = 2 * time.Second      // between asking it to end and killing it
	deathLimit = time.Second          // for its end to be noticed after a connection has broken
	lastWords  = 4 << 10              // octets of its output that are kept
)

// process is a peer that is started for the test, and again when it dies. Its
// methods may be called side by side.
type process struct {
	command          string
	port             string
	network, address string // where it takes connections
	output           io.Writer

	mu     sync.Mutex
	life   *life // nil before the first start
	lives  int
	deaths int
	peak   uint64
	told   string // how it last died
}

// life is one run of the command.
type life struct {
	number int
	cmd    *exec.Cmd
	tail   *tailBuffer
	ended  chan struct{}
	err    error
	asked  bool // it was ended by us
}

// startProcess starts a command by the shell, with PORT set in its
// environment, and waits until it takes connections at the address. What it
// prints goes to output, which may be nil.
func startProcess(ctx context.Context, command, port, network, address string, output io.Writer) (*process, error) {
	p := &process{command: command, port: port, network: network, address: address, output: output}
	if _, err := p.Ensure(ctx); err != nil {
		p.Stop()
		return nil, err
	}
	return p, nil
}

// freePort returns a TCP port that nothing listens on.
func freePort() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer ln.Close()
	_, port, err := net.SplitHostPort(ln.Addr().String())
	return port, err
}

// Ensure starts the process if it does not run, waits for its port, and returns
// the number of its life.
func (p *process) Ensure(ctx context.Context) (life int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.life != nil && !p.life.over() {
		return p.life.number, nil
	}
	if p.life != nil && p.lives > maxLives {
		return 0, fmt.Errorf("the peer died %d times and is not started again", p.deaths)
	}
	for try := 1; ; try++ {
		if err := p.start(); err != nil {
			return 0, err
		}
		err := p.awaitPort(ctx)
		// While the process was down, its port may have gone to a connection of
		// ours or of somebody else's, for a moment.
		if err == nil || p.lives == 1 || try == restartTries || ctx.Err() != nil {
			return p.life.number, err
		}
	}
}

// restartTries is how often a process that does not come up is started again.
const restartTries = 5

// maxLives bounds how often a peer is started.
const maxLives = 1000

func (p *process) start() error {
	p.lives++
	l := &life{number: p.lives, tail: new(tailBuffer), ended: make(chan struct{})}
	l.cmd = shell(p.command)
	l.cmd.Env = append(os.Environ(), "PORT="+p.port)
	out := io.Writer(l.tail)
	if p.output != nil {
		out = io.MultiWriter(l.tail, p.output)
	}
	l.cmd.Stdout, l.cmd.Stderr = out, out
	l.cmd.WaitDelay = graceLimit
	if err := l.cmd.Start(); err != nil {
		return fmt.Errorf("starting %q: %w", p.command, err)
	}
	p.life = l
	go p.watch(l)
	return nil
}

// watch follows a life to its end, measuring its memory.
func (p *process) watch(l *life) {
	measure := time.NewTicker(50 * time.Millisecond)
	defer measure.Stop()
	waited := make(chan error, 1)
	go func() { waited <- l.cmd.Wait() }()
	for {
		select {
		case <-measure.C:
			p.note(processMemory(l.cmd.Process.Pid))
			continue
		case l.err = <-waited:
		}
		break
	}
	p.note(peakMemory(l.cmd.ProcessState))
	p.mu.Lock()
	if !l.asked {
		p.deaths++
		p.told = l.obituary()
	}
	p.mu.Unlock()
	close(l.ended)
}

func (p *process) note(octets uint64) {
	p.mu.Lock()
	p.peak = max(p.peak, octets)
	p.mu.Unlock()
}

func (l *life) over() bool {
	select {
	case <-l.ended:
		return true
	default:
		return false
	}
}

func (l *life) obituary() string {
	how := "it ended with exit code 0"
	if l.err != nil {
		how = l.err.Error()
	}
	if words := l.tail.last(); words != "" {
		how += ": " + words
	}
	return how
}

func (p *process) awaitPort(ctx context.Context) error {
	l := p.life
	limit := time.Now().Add(portLimit)
	for {
		conn, err := net.DialTimeout(p.network, p.address, time.Second)
		if err == nil {
			return conn.Close()
		}
		timer := time.NewTimer(portPoll)
		p.mu.Unlock() // watch wants it to tell of the end
		select {
		case <-timer.C:
		case <-l.ended:
		case <-ctx.Done():
		}
		p.mu.Lock()
		timer.Stop()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case l.over():
			return fmt.Errorf("%q ended before it listened on %s (PORT=%s): %s", p.command, p.address, p.port, l.obituary())
		case time.Now().After(limit):
			return fmt.Errorf("%q did not listen on %s (PORT=%s) within %v", p.command, p.address, p.port, portLimit)
		}
	}
}

// DiedIn reports whether the life with that number is over, allowing some time
// for the news to arrive.
func (p *process) DiedIn(number int) bool {
	p.mu.Lock()
	l := p.life
	p.mu.Unlock()
	if l == nil || l.number != number {
		return true
	}
	timer := time.NewTimer(deathLimit)
	defer timer.Stop()
	select {
	case <-l.ended:
		return true
	case <-timer.C:
		return false
	}
}

// Obituary tells how the process last died: its exit status and last words.
func (p *process) Obituary() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.told
}

// Deaths returns how often the process died of itself.
func (p *process) Deaths() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.deaths
}

// PeakMemory returns the largest resident size of the process and its
// children in octets, as far as the system tells; 0 if it does not.
func (p *process) PeakMemory() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.peak
}

// Stop ends the process and its children, and waits for it.
func (p *process) Stop() {
	p.mu.Lock()
	l := p.life
	if l != nil {
		l.asked = true
	}
	p.mu.Unlock()
	if l == nil || l.over() {
		return
	}
	terminate(l.cmd.Process)
	timer := time.NewTimer(graceLimit)
	defer timer.Stop()
	select {
	case <-l.ended:
	case <-timer.C:
		kill(l.cmd.Process)
		<-l.ended
	}
}

// tailBuffer keeps the last octets that were written to it.
type tailBuffer struct {
	mu sync.Mutex
	b  []byte
}

func (t *tailBuffer) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, b[max(0, len(b)-lastWords):]...)
	if over := len(t.b) - lastWords; over > 0 {
		t.b = append(t.b[:0], t.b[over:]...)
	}
	return len(b), nil
}

// last returns the line that tells most: the first of a panic, or the last one.
func (t *tailBuffer) last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var line string
	for s := bufio.NewScanner(bytes.NewReader(t.b)); s.Scan(); {
		text := strings.TrimSpace(s.Text())
		if strings.HasPrefix(text, "panic:") || strings.HasPrefix(text, "fatal error:") {
			return text
		}
		if text != "" {
			line = text
		}
	}
	return line
}
