package blackbox_test

import (
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/mutation"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/wsproto"
)

// peer is the reference endpoint in a role, over loopback.
func peer(role wsproto.Role, o reference.Options) engine.Target { return mutation.Endpoint(role, o) }

// subject is a mutant as a peer.
func subject(s mutation.Subject) engine.Target { return s.Endpoint() }
