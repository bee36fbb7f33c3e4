package matrix

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/wscheck/wscheck/internal/crashlog"
	"github.com/wscheck/wscheck/internal/process"
)

// How long commands may take.
const (
	releaseLimit = time.Minute
	buildLimit   = 15 * time.Minute
)

// Missing says that a peer is not installed.
type Missing struct {
	Peer *Peer
	Err  error // how the command that prints the release failed
}

// Error names the peer, and the command that installs it.
func (m *Missing) Error() string {
	text := m.Peer.ID + " is skipped: it is not installed (" + m.Err.Error() + ")"
	if m.Peer.Install != "" {
		text += "; in " + m.Peer.Dir + ": " + m.Peer.Install
	}
	return text
}

// Unwrap returns how the command failed.
func (m *Missing) Unwrap() error { return m.Err }

// maxRelease bounds the characters of a release.
const maxRelease = 60

// release returns the release of the peer. The error is a [*Missing] if the peer is not
// installed.
func (p *Peer) release(ctx context.Context) (string, error) {
	out, err := p.command(ctx, releaseLimit, p.Release)
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	release := strings.TrimSpace(line)
	if err == nil && (release == "" || len(release) > maxRelease || strings.ContainsFunc(release, func(r rune) bool { return !unicode.IsPrint(r) })) {
		err = fmt.Errorf("its release is %.80q", release)
	}
	switch {
	case err == nil:
		return release, nil
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	}
	return "", &Missing{p, err}
}

// build runs the command that builds the peer.
func (p *Peer) build(ctx context.Context) error {
	_, err := p.command(ctx, buildLimit, p.Build)
	return err
}

// command runs a line of the shell in the peer's folder and returns the end of
// what it prints to its standard output. The error has the last line of all that it
// prints.
func (p *Peer) command(ctx context.Context, limit time.Duration, line string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", line)
	cmd.Dir = p.Dir
	process.OwnGroup(cmd)
	cmd.Cancel = func() error {
		process.KillGroup(cmd.Process) // with the compilers that the shell started
		return nil
	}
	cmd.WaitDelay = time.Second // for what the command left in the background
	var out, all crashlog.Log
	cmd.Stdout, cmd.Stderr = io.MultiWriter(&out, &all), &all
	err := cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) {
		process.KillGroup(cmd.Process)
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("it took more than %v", limit)
	}
	if err != nil {
		if last := all.LastLine(); last != "" {
			quoted := strconv.Quote(last)
			err = fmt.Errorf("%w: %.200s", err, quoted[1:len(quoted)-1])
		}
	}
	return out.Tail(), err
}
