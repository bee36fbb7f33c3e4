package wsproto_test

import (
	"encoding/json"
	"testing"

	"github.com/wscheck/wscheck/wsproto"
)

func TestRole(t *testing.T) {
	tests := []struct {
		role, peer wsproto.Role
		name       string
	}{
		{wsproto.Client, wsproto.Server, "client"},
		{wsproto.Server, wsproto.Client, "server"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.role.Peer(); got != test.peer {
				t.Errorf("Peer is %v, want %v", got, test.peer)
			}
			if got := test.role.String(); got != test.name {
				t.Errorf("String is %q", got)
			}
			text, err := json.Marshal(test.role)
			if err != nil || string(text) != `"`+test.name+`"` {
				t.Errorf("as JSON: %s, %v", text, err)
			}
			var back wsproto.Role = 99
			if err := json.Unmarshal(text, &back); err != nil || back != test.role {
				t.Errorf("from JSON: %v, %v", back, err)
			}
		})
	}
}

func TestRoleNeither(t *testing.T) {
	for _, s := range []string{"", "Client", "SERVER", "peer"} {
		if r, err := wsproto.ParseRole(s); err == nil {
			t.Errorf("%q parses as %v", s, r)
		}
	}
	role := wsproto.Server
	if err := role.UnmarshalText([]byte("neither")); err == nil || role != wsproto.Server {
		t.Errorf("error %v, role %v", err, role)
	}
	role = 2
	if text, err := role.MarshalText(); err == nil {
		t.Errorf("role 2 is written as %q", text)
	}
	if got := role.String(); got != "role(2)" {
		t.Errorf("String is %q", got)
	}
}
