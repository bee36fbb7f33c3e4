package blackbox_test

import (
	"bytes"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/blackbox"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
)

// dyingVariable is set in the process of TestDyingServer.
const dyingVariable = "WSCHECK_TEST_DYING"

// TestDeath demands that the script is found that a server's process dies of,
// among all that are played with it, and that the server is started again.
func TestDeath(t *testing.T) {
	t.Parallel()
	target := func() engine.Target {
		return engine.Command(dyingVariable+"=1 exec '"+os.Args[0]+"' -test.run='^TestDyingServer$'", "", nil)
	}
	o, err := blackbox.Run(t.Context(), blackbox.Options{
		Target: target(), Seed: 1, Jobs: 2, MaxFindings: 1, Ignore: []string{"rfc*", "wscheck/stay", "wscheck/echo-*"},
		Dir: t.TempDir(), ShrinkTries: 3, ShrinkTime: time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	if o.Deaths == 0 || len(o.Findings) != 1 {
		t.Fatalf("%d deaths, findings: %+v", o.Deaths, o.Findings)
	}
	f := o.Findings[0]
	if f.Clause != "wscheck/peer-died" || !f.Reproduced() || f.Result == nil || !strings.Contains(f.Result.Died, "exit status 3") {
		t.Fatalf("%+v", f)
	}
	if !slices.ContainsFunc(f.Files, func(name string) bool { return strings.Contains(name, "wscheck_peer-died") }) {
		t.Errorf("written: %q", f.Files)
	}
	replayed(t, target(), f)
}

// TestDyingServer is the peer of TestDeath: it exits when it is to echo a text
// of two octets.
func TestDyingServer(t *testing.T) {
	if os.Getenv(dyingVariable) == "" {
		t.Skip("the peer of TestDeath")
	}
	ln, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		t.Fatal(err)
	}
	for {
		conn, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		go func() { _ = reference.ServeConn(&dying{conn}, reference.Options{}) }()
	}
}

type dying struct{ net.Conn }

func (d *dying) Write(b []byte) (int, error) {
	if bytes.HasPrefix(b, []byte{0x81, 2}) {
		os.Exit(3)
	}
	return d.Conn.Write(b)
}
