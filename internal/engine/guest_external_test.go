//go:build unix

package engine_test

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/oracle"
)

// beClient is a client of some kind for its URL.
func beClient(kind string) error {
	target := os.Getenv("URL")
	u, err := url.Parse(target)
	if err != nil {
		return err
	}
	var o reference.Options
	switch kind {
	case "echo":
	case "of the port alone":
		target = "ws://localhost:" + u.Port() + "/own"
	case "decoding":
		u.RawPath = ""
		target = u.String()
	case "without escapes":
		if strings.Contains(target, "%") {
			return errors.New("no escapes")
		}
	case "absent":
		return errors.New("I cannot come")
	case "crash":
		defer panic("I have a bug")
	default:
		o.Mutant = kind
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		return err
	}
	return reference.Connect(conn, target, o)
}

// TestClientCommand checks how a client is judged that is started for each conversation.
func TestClientCommand(t *testing.T) {
	const host, target = oracle.ClauseID("rfc6455/4.1/host"), oracle.ClauseID("rfc6455/4.1/request-uri")
	for kind, want := range map[string][]oracle.ClauseID{
		"echo": nil, "of the port alone": nil, "without escapes": nil,
		"request-target-without-query": {target},
		"decoding":                     {target},
		"request-host-without-port":    {host},
		"crash":                        {"wscheck/peer-panicked"},
	} {
		t.Run(kind, func(t *testing.T) {
			command := fmt.Sprintf("%s='client %s' exec '%s' # {}", peerEnv, kind, os.Args[0])
			player, err := engine.NewPlayer(t.Context(), engine.ClientCommand(command, "127.0.0.1", 0), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer player.Close()
			cs := &catalogue.Case{ID: "plain", Roles: catalogue.InBoth, Script: oracle.Script{Role: player.Role()}}
			for range 3 {
				r, err := player.Play(t.Context(), cs)
				if err != nil {
					t.Fatal(err)
				}
				if broken := r.RFC.Broken(); !slices.Equal(broken, want) {
					t.Errorf("breaks %s, want %s; died %q", broken, want, r.Died)
				}
			}
		})
	}
}

func TestClientCommandThatDoesNotCome(t *testing.T) {
	for command, want := range map[string]string{
		"exit 3 ; {}": "the command ended (exit code 3) without connecting",
		fmt.Sprintf("%s='client absent' exec '%s' # {}", peerEnv, os.Args[0]): `the command ended (exit code 1: "I cannot come") without connecting`,
	} {
		_, err := engine.NewPlayer(t.Context(), engine.ClientCommand(command, "127.0.0.1", 1), nil)
		var absent *engine.ClientError
		if !errors.As(err, &absent) || absent.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
