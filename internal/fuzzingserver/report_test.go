package fuzzingserver

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/store"
)

// serve starts a server on the loopback interface and returns its address, and
// the result of Serve.
func serve(t *testing.T, s *Server, secure *tls.Config) (string, <-chan error) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := ln.Addr().String()
	if secure != nil {
		ln = tls.NewListener(ln, secure)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(t.Context(), ln) }()
	return address, served
}

// visit plays the cases from 1 to n with the reference client, and asks for the
// report.
func visit(t *testing.T, n int, agent string, dial func() (net.Conn, error), last string) {
	t.Helper()
	connect := func(target string) error {
		conn, err := dial()
		if err != nil {
			t.Fatal(err)
		}
		return reference.Connect(conn, "ws://localhost"+target, reference.Options{})
	}
	if err := connect("/getCaseCount"); err != nil {
		t.Error(err)
	}
	for i := range n {
		_ = connect(fmt.Sprintf("/runCase?case=%d&agent=%s", i+1, agent)) // how it ends is the server's to judge
	}
	if err := connect("/updateReports?agent=" + agent + last); err != nil {
		t.Error(err)
	}
}

// TestReports runs a server twice over real connections, with the same directory
// for the report: each adds what it has, and one that a client asks to stop
// does.
func TestReports(t *testing.T) {
	dir := t.TempDir()
	for _, agent := range []string{"first", "second"} {
		config := few()
		config.ReportDir = dir
		var updated []string
		config.Updated = func(agent string) {
			updated = append(updated, agent)
			if _, err := os.Stat(filepath.Join(dir, agent+"_case_1_1_1.json")); err != nil {
				t.Errorf("the report is not there when it should be: %v", err)
			}
		}
		s, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		address, served := serve(t, s, nil)
		visit(t, 4, agent, func() (net.Conn, error) { return net.Dial("tcp", address) }, "&shutdownOnComplete=true")
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if !slices.Equal(updated, []string{agent}) {
			t.Errorf("reports were asked for by %q", updated)
		}
		if r := s.Report(); len(r.Agents) != 1 || len(r.Agents[0].Results) != 4 {
			t.Errorf("the server's own report is %+v", r.Agents)
		}
	}
	r, err := store.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Agents) != 2 || len(r.Agents[0].Results) != 4 || len(r.Agents[1].Results) != 4 {
		t.Errorf("the report has %d agents, want two with four results each", len(r.Agents))
	}
}

// TestReportOfKilled does not close the server: what had ended is in the report.
func TestReportOfKilled(t *testing.T) {
	dir := t.TempDir()
	config := few()
	config.ReportDir = dir
	s, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := newPipe()
	served := make(chan struct{})
	go func() {
		defer close(served)
		s.ServeConn(context.Background(), ours)
	}()
	if err := reference.Connect(theirs, "ws://localhost/runCase?case=2&agent=a", reference.Options{}); err != nil {
		t.Fatal(err)
	}
	<-served
	r, err := store.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Agents) != 1 || len(r.Agents[0].Results) != 1 {
		t.Errorf("the report has %d agents", len(r.Agents))
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestTLS(t *testing.T) {
	s, err := New(few())
	if err != nil {
		t.Fatal(err)
	}
	cert, roots := certificate(t)
	address, served := serve(t, s, &tls.Config{Certificates: []tls.Certificate{cert}})
	visit(t, 4, "a", func() (net.Conn, error) {
		return tls.Dial("tcp", address, &tls.Config{RootCAs: roots, ServerName: "localhost"})
	}, "")
	s.Stop()
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	r := s.Report()
	if len(r.Agents) != 1 || len(r.Agents[0].Results) != 4 {
		t.Fatalf("the report is %+v", r.Agents)
	}
	for _, result := range r.Agents[0].Results {
		if result.Failed(report.JudgeRFC) || result.Failed(report.JudgeAutobahn) {
			t.Errorf("%s: %+v", result.Case.ID, result.RFC)
		}
	}
}

// TestContextEnds breaks off a conversation: it leaves no result, and Serve
// returns.
func TestContextEnds(t *testing.T) {
	s, err := New(few())
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, ln) }()
	conn, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write(opening("/runCase?case=3&agent=a")); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err != nil { // the case has begun
		t.Fatal(err)
	}
	cancel()
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if r := s.Report(); len(r.Agents) > 0 {
		t.Errorf("there are results: %+v", r.Agents[0].Results[0])
	}
}
