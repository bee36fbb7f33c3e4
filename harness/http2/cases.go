package http2

import (
	"github.com/wscheck/wscheck/harness/catalogue"
	"github.com/wscheck/wscheck/wsproto"
)

// Cases returns the cases about HTTP/2 that our side plays in a role.
func Cases(role wsproto.Role) []*catalogue.Case { return nil }
