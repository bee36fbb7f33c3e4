package http2

import (
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/report"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/testseeds"
	"github.com/wscheck/wscheck/wsproto"
)

// extended switches the extended CONNECT of net/http on.
const extended = "http2xconnect=1"

// again runs the test in a process in which net/http has extended CONNECT, and reports
// whether this is that process.
func again(t *testing.T) bool {
	t.Helper()
	if strings.Contains(os.Getenv("GODEBUG"), extended) {
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v="+map[bool]string{true: "true", false: "false"}[testing.Verbose()])
	cmd.Env = append(os.Environ(), "GODEBUG="+extended)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
	return false
}

func echo(conn net.Conn) {
	_ = reference.ServeConn(conn, reference.Options{Deflate: new(reference.Deflate), Freedom: reference.Freedom{Seed: 1}})
}

// netHTTPTakes are the cases about what net/http is known to do: it takes an extended
// CONNECT without :scheme, and acknowledges SETTINGS that come together once.
var netHTTPTakes = []string{"rfc8441/4/no-scheme", "rfc8441/4/no-scheme-path", "rfc9113/6.5/several", "corpus/rfc8441_4_scheme-path-refused-eb0c2a0db70a"}

// TestNetHTTP plays the cases with a server on net/http in a bubble.
func TestNetHTTP(t *testing.T) {
	if !again(t) {
		return
	}
	r, err := engine.RunBubble(t, engine.Server(Handler(Bridge(echo))), &engine.Config{Carrier: Carrier, Select: testseeds.Part(quick(wsproto.Client), 2)})
	if err != nil {
		t.Fatal(err)
	}
	results := r.Agents[0].Results
	shown := 0
	for _, result := range results {
		if slices.Contains(netHTTPTakes, result.Case.ID) {
			continue
		}
		if result.Failed("rfc") {
			if shown++; shown < 4 {
				t.Errorf("%s", engine.Describe(result, report.JudgeRFC, ""))
			} else {
				t.Errorf("%s: %+v", result.Case.ID, result.RFC)
			}
		}
	}
	t.Logf("%d cases", len(results))
}
