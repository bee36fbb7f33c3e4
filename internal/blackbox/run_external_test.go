package blackbox_test

import (
	"context"
	"errors"
	"flag"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/internal/blackbox"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/learn"
	"github.com/wscheck/wscheck/internal/mutation"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// peer is the reference endpoint in a role, over loopback.
var peer = mutation.Endpoint

// roles are those that a peer can have.
var roles = []wsproto.Role{wsproto.Server, wsproto.Client}

func TestMain(m *testing.M) {
	// Parallel tests wait for a peer most of the time, and few of them keep no processor busy.
	flag.Parse()
	_ = flag.Set("test.parallel", strconv.Itoa(8*runtime.GOMAXPROCS(0)))
	os.Exit(m.Run())
}

// TestConforming demands that nothing is found of an endpoint that conforms.
func TestConforming(t *testing.T) {
	t.Parallel()
	for _, role := range roles {
		t.Run(role.String(), func(t *testing.T) {
			t.Parallel()
			o, err := blackbox.Run(t.Context(), blackbox.Options{
				Target: peer(role, reference.Options{Deflate: new(reference.Deflate)}), Seed: 7, Scripts: 300, Dir: t.TempDir(),
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range o.Findings {
				t.Errorf("%s is said to be broken by\n%v", f.Clause, f.Script)
			}
			if o.Conversations != 300 || o.Reached() < 40 || o.Reached() > o.Visible || o.Stopped != "" {
				t.Errorf("%d conversations, %d of %d clauses, stopped: %q", o.Conversations, o.Reached(), o.Visible, o.Stopped)
			}
		})
	}
}

// TestLongCases demands that what shows in a case alone that is too long for a script is found.
func TestLongCases(t *testing.T) {
	if testing.Short() {
		t.Skip("it sends megaoctets")
	}
	t.Parallel()
	target := peer(wsproto.Server, reference.Options{Mutant: "tear-when-blocked"})
	o, err := blackbox.Run(t.Context(), blackbox.Options{Target: target, Seed: 1, Jobs: 8, MaxFindings: 1, Scripts: 50_000, ShrinkTries: 1})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(o.Findings, func(f *blackbox.Finding) bool { return f.Reproduced() && f.Number < 0 }) {
		t.Errorf("%d findings after %d conversations, want one of a long case", len(o.Findings), o.Conversations)
	}
}

// TestMutants demands that what is wrong is found, made short, written, and
// shown again by what was written.
func TestMutants(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mutant string
		role   wsproto.Role
		clause oracle.ClauseID
	}{
		{"accept-rsv1", wsproto.Server, "rfc6455/5.2/rsv-fail"},
		{"echo-uppercase", wsproto.Server, "wscheck/echo-content"},
		{"send-masked", wsproto.Server, "rfc6455/5.1/server-masks-not"},
		{"accept-rsv2", wsproto.Client, "rfc6455/5.2/rsv-fail"},
		{"request-key-half", wsproto.Client, "rfc6455/4.1/key-random"},
		{"send-mask-16-bits-twice", wsproto.Client, "rfc6455/5.3/key-predictable"},
		{"send-mask-same-order", wsproto.Client, "rfc6455/5.3/key-predictable"},
		{"send-mask-congruential", wsproto.Client, "rfc6455/5.3/key-predictable"},
	} {
		t.Run(c.role.String()+"/"+c.mutant, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "findings")
			target := func() engine.Target { return peer(c.role, reference.Options{Mutant: c.mutant}) }
			o, err := blackbox.Run(t.Context(), blackbox.Options{Target: target(), Seed: 1, Scripts: 250, Dir: dir, ShrinkTries: 200, ShrinkTime: time.Hour})
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(o.Findings, func(f *blackbox.Finding) bool { return f.Clause == c.clause })
			if i < 0 {
				t.Fatalf("%s was not found, but %d others", c.clause, len(o.Findings))
			}
			f := o.Findings[i]
			if !f.Reproduced() || f.Result == nil || len(f.Files) == 0 || len(f.Script.Steps) > len(f.Original.Steps) {
				t.Fatalf("shown in %d of %d tries, files %q, script\n%v", f.Shown, f.Tries, f.Files, f.Script)
			}
			if len(f.Script.Steps) > 3 {
				t.Errorf("the script was not made short:\n%v", f.Script)
			}
			replayed(t, target(), f)
		})
	}
}

// replayed demands that the files of a finding show the same.
func replayed(t *testing.T, target engine.Target, f *blackbox.Finding) {
	t.Helper()
	for _, name := range f.Files {
		recordings, err := blackbox.Load(f.Script.Role, name)
		if err != nil || len(recordings) != 1 {
			t.Fatalf("%s: %d recordings, %v", name, len(recordings), err)
		}
		if r := replay(t, target, recordings[0]); !r.Again() || !slices.Contains(r.Broken, f.Clause) {
			t.Errorf("%s breaks %q, and not %s", name, r.Broken, f.Clause)
		}
	}
}

// replay plays a recording again.
func replay(t *testing.T, target engine.Target, recording *blackbox.Recording) *blackbox.Replayed {
	t.Helper()
	player, err := engine.NewPlayer(t.Context(), target, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer player.Close()
	r, err := blackbox.Replay(t.Context(), player, recording)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestPatience demands that what shows by waiting alone is found.
func TestPatience(t *testing.T) {
	t.Parallel()
	o, err := blackbox.Run(t.Context(), blackbox.Options{
		Target: peer(wsproto.Client, reference.Options{Mutant: "pong-missing"}), MaxFindings: 1, ShrinkTime: time.Nanosecond, Jobs: 4,
		Config: &engine.Config{Patience: time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(o.Findings, func(f *blackbox.Finding) bool {
		return f.Clause == "rfc6455/5.5.2/pong" && f.Reproduced()
	}) {
		t.Errorf("%d findings: %+v", len(o.Findings), o.Findings)
	}
}

// TestLearned demands that what there is to try of a machine that was learned is
// played, whether it is read from the machine or from the scripts of it.
func TestLearned(t *testing.T) {
	t.Parallel()
	m := &learn.Machine{
		Peer: wsproto.Server, Inputs: []string{"text", "close-1000"},
		States: []learn.State{{Edges: []learn.Edge{{Output: "echo", To: 0}, {Output: "close 1000, end", To: learn.End}}}},
	}
	dir := t.TempDir()
	machine, scripts := filepath.Join(dir, "a"+learn.Extension), filepath.Join(dir, "scripts")
	write := func(name string, text []byte) {
		if err := os.WriteFile(name, text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write(machine, m.Format())
	if err := os.Mkdir(scripts, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, s := range m.Scripts() {
		write(filepath.Join(scripts, s.Name), s.Text)
	}
	for _, path := range []string{machine, scripts} {
		first, err := blackbox.Load(wsproto.Client, path)
		if err != nil || len(first) != 2 {
			t.Fatalf("%s: %d recordings, %v", path, len(first), err)
		}
		found := false
		for seed := uint64(0); seed < 10 && !found; seed++ { // a random script is played too, and may show the same
			o, err := blackbox.Run(t.Context(), blackbox.Options{
				Target: peer(wsproto.Server, reference.Options{Mutant: "echo-uppercase"}), First: first, Scripts: 3, ShrinkTries: 1, Seed: seed,
			})
			if err != nil {
				t.Fatal(err)
			}
			found = slices.ContainsFunc(o.Findings, func(f *blackbox.Finding) bool {
				return strings.Contains(f.Result.Case.Description, filepath.Base(first[0].Path))
			})
		}
		if !found {
			t.Errorf("%s: nothing was found by %s", path, first[0].Path)
		}
	}
	var other *blackbox.RoleError
	if _, err := blackbox.Load(wsproto.Server, machine); !errors.As(err, &other) || !strings.HasSuffix(other.Error(), ": it tests a server, not a client") {
		t.Errorf("for our side as the server: %v", err)
	}
	write(machine, m.Format()[:60])
	if _, err := blackbox.Load(wsproto.Client, machine); err == nil || !strings.HasPrefix(err.Error(), machine+":") {
		t.Errorf("of half a machine: %v", err)
	}
}

// TestSequence demands that the scripts of a run depend on the seed alone, but for
// those that vary others.
func TestSequence(t *testing.T) {
	t.Parallel()
	source := engine.NewRandomCases(wsproto.Client, 3, 1000, nil)
	found := func(jobs int) (clauses []oracle.ClauseID) {
		o, err := blackbox.Run(t.Context(), blackbox.Options{
			Target: peer(wsproto.Server, reference.Options{Mutant: "echo-uppercase"}), Seed: 3, Scripts: 40, Jobs: jobs, ShrinkTime: time.Nanosecond,
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range o.Findings {
			clauses = append(clauses, f.Clause)
			if strings.Contains(f.Result.Case.Description, "varies") {
				continue
			}
			if cs, ok := source.Case(f.Number); !ok || cs.Script.String() != f.Original.String() {
				t.Errorf("script %d was played as\n%v\nand is\n%v", f.Number, f.Original, &cs.Script)
			}
		}
		return clauses
	}
	for _, jobs := range []int{1, 32} {
		if clauses := found(jobs); !slices.Contains(clauses, "wscheck/echo-content") {
			t.Errorf("%d side by side find %q", jobs, clauses)
		}
	}
}

// TestBounds demands that a run ends where it is told to.
func TestBounds(t *testing.T) {
	conforming := peer(wsproto.Server, reference.Options{})
	t.Run("duration", func(t *testing.T) {
		t.Parallel()
		o, err := blackbox.Run(t.Context(), blackbox.Options{Target: peer(wsproto.Server, reference.Options{}), Duration: 50 * time.Millisecond})
		if err != nil || o.Stopped != "" {
			t.Errorf("%+v, %v", o, err)
		}
	})
	t.Run("findings", func(t *testing.T) {
		t.Parallel()
		o, err := blackbox.Run(t.Context(), blackbox.Options{
			Target: peer(wsproto.Server, reference.Options{Mutant: "send-masked"}), MaxFindings: 1, ShrinkTries: 1,
		})
		if err != nil || o.Stopped == "" || len(o.Findings) == 0 {
			t.Errorf("%+v, %v", o, err)
		}
	})
	t.Run("context", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		reason := errors.New("that will do")
		o, err := blackbox.Run(ctx, blackbox.Options{Target: conforming, Progress: func(s blackbox.Stats) {
			if s.Conversations > 0 && s.PerSecond() > 0 {
				cancel(reason)
			}
		}})
		if err != nil || o.Stopped != reason.Error() {
			t.Errorf("%+v, %v", o, err)
		}
	})
}

// TestIgnore demands that what is ignored is not found.
func TestIgnore(t *testing.T) {
	t.Parallel()
	o, err := blackbox.Run(t.Context(), blackbox.Options{
		Target: peer(wsproto.Server, reference.Options{Mutant: "send-masked"}), Scripts: 20, Ignore: []string{"rfc6455/5.*"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range o.Findings {
		if strings.HasPrefix(string(f.Clause), "rfc6455/5.") {
			t.Errorf("%s was found", f.Clause)
		}
	}
}

// TestOptions demands an error for options that make no sense.
func TestOptions(t *testing.T) {
	for _, c := range []struct {
		options blackbox.Options
		want    string
	}{
		{blackbox.Options{Scripts: -1}, "scripts"},
		{blackbox.Options{Jobs: -1}, "jobs"},
		{blackbox.Options{Duration: -1}, "duration"},
		{blackbox.Options{Ignore: []string{"rfc1149/*"}}, "rfc1149"},
	} {
		if _, err := blackbox.Run(t.Context(), c.options); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one about %s", err, c.want)
		}
	}
}

// TestUnreachable demands an error where nothing listens.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	var unreachable *engine.UnreachableError
	if _, err = blackbox.Run(t.Context(), blackbox.Options{Target: engine.URL("ws://"+ln.Addr().String()+"/", nil)}); !errors.As(err, &unreachable) {
		t.Errorf("error %v", err)
	}
}

// TestIncoming has clients connect of their own accord.
func TestIncoming(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	clients, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for clients.Err() == nil {
			conn, err := net.Dial("tcp", ln.Addr().String())
			if err != nil {
				return
			}
			_ = reference.Connect(conn, "ws://"+ln.Addr().String()+"/", reference.Options{Mutant: "echo-uppercase"})
		}
	}()
	o, err := blackbox.Run(t.Context(), blackbox.Options{Target: engine.Incoming(ln), Seed: 1, MaxFindings: 1, ShrinkTries: 5})
	stop()
	<-ended
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Findings) != 1 || o.Findings[0].Clause != "wscheck/echo-content" || o.Findings[0].Script.Role != wsproto.Server {
		t.Errorf("%d findings: %+v", len(o.Findings), o.Findings)
	}
}

// TestGone demands that the run ends, and keeps what was played last, where the
// peer goes away.
func TestGone(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for range 30 {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() { _ = reference.ServeConn(conn, reference.Options{}) }()
		}
		ln.Close()
	}()
	dir := t.TempDir()
	o, err := blackbox.Run(t.Context(), blackbox.Options{Target: engine.URL("ws://"+ln.Addr().String()+"/", nil), Jobs: 4, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if o.Stopped == "" || len(o.Findings) != 1 {
		t.Fatalf("%+v", o)
	}
	f := o.Findings[0]
	if f.Clause != "wscheck/peer-died" || f.Result != nil || len(f.Suspects) == 0 || len(f.Files) == 0 {
		t.Fatalf("%+v", f)
	}
	entries, err := corpus.Load(os.DirFS(filepath.Dir(f.Files[0])))
	if err != nil || len(entries) == 0 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
}

// TestLoad demands errors for files that are not recordings.
func TestLoad(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ name, text, want string }{
		{"a.gofuzz", "go test fuzz v1\nint(3)\n", "a.gofuzz"},
		{"c.ws", "nonsense\n", "c.ws"},
		{"d.gofuzz", "go test fuzz v1\n[]byte(\"\\x00\")\n", ""},
	} {
		name := filepath.Join(dir, c.name)
		if err := os.WriteFile(name, []byte(c.text), 0o666); err != nil {
			t.Fatal(err)
		}
		_, err := blackbox.Load(wsproto.Client, name)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", c.name, err, c.want)
		}
	}
	if _, err := blackbox.Load(wsproto.Client, t.TempDir()); err == nil {
		t.Error("an empty folder has recordings")
	}
	e := &corpus.Entry{
		Rules: []oracle.ClauseID{"rfc6455/5.5.2/pong"}, Role: wsproto.Server, Script: &oracle.Script{Role: wsproto.Server},
	}
	path, err := corpus.Write(dir, e)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := blackbox.Load(wsproto.Client, path); err == nil || !strings.Contains(err.Error(), "client") {
		t.Errorf("an entry for clients is played with a server: %v", err)
	}
}
