package deflate

import (
	"strconv"

	"github.com/wscheck/wscheck/wsproto"
)

// Name is the extension's token in Sec-WebSocket-Extensions (RFC 7692 7).
const Name = "permessage-deflate"

// The parameters (RFC 7692 7.1).
const (
	ServerNoContextTakeover = "server_no_context_takeover"
	ClientNoContextTakeover = "client_no_context_takeover"
	ServerMaxWindowBits     = "server_max_window_bits"
	ClientMaxWindowBits     = "client_max_window_bits"
)

// Params are the parameters of an offer or of an answer (RFC 7692 7.1). They are
// comparable.
//
// In an offer, those of the server are demands, and those of the client are
// hints. In an answer all bind.
type Params struct {
	ServerNoContextTakeover bool
	ClientNoContextTakeover bool
	// ServerMaxWindowBits is 0 where the parameter is absent. Nothing keeps it
	// within 8 to 15 but the parse functions.
	ServerMaxWindowBits int
	// HasClientMaxWindowBits says that the parameter is there; without a value, as
	// only an offer may have it, ClientMaxWindowBits is 0.
	HasClientMaxWindowBits bool
	ClientMaxWindowBits    int
}

// Extension returns the parameters as an element of Sec-WebSocket-Extensions.
// One that no Params can express is made by hand.
func (p Params) Extension() wsproto.Extension {
	e := wsproto.Extension{Name: Name}
	add := func(name string, bits int) {
		param := wsproto.Param{Name: name}
		if bits != 0 {
			param.Value, param.HasValue = strconv.Itoa(bits), true
		}
		e.Params = append(e.Params, param)
	}
	if p.ServerNoContextTakeover {
		add(ServerNoContextTakeover, 0)
	}
	if p.ClientNoContextTakeover {
		add(ClientNoContextTakeover, 0)
	}
	if p.ServerMaxWindowBits != 0 {
		add(ServerMaxWindowBits, p.ServerMaxWindowBits)
	}
	if p.HasClientMaxWindowBits {
		add(ClientMaxWindowBits, p.ClientMaxWindowBits)
	}
	return e
}

// String returns the parameters as the value of a Sec-WebSocket-Extensions field.
func (p Params) String() string { return p.Extension().String() }

// Server returns what an answer of these parameters makes of the messages that
// the server sends.
func (p Params) Server() Stream {
	return Stream{p.ServerMaxWindowBits, p.ServerNoContextTakeover}
}

// Client returns what an answer of these parameters makes of the messages that
// the client sends. What the client merely hinted at in its offer does not bind
// it (RFC 7692 7.1.1.2, 7.1.2.2).
func (p Params) Client() Stream {
	return Stream{p.ClientMaxWindowBits, p.ClientNoContextTakeover}
}

// ParseOffer reads an element of a client's Sec-WebSocket-Extensions whose name
// is [Name]. A server has to decline it if there is any problem (RFC 7692 7.1);
// the parameters are then those that are right, each as it came first.
func ParseOffer(e wsproto.Extension) (Params, []Problem) {
	return parse(e, false)
}

// ParseAnswer reads an element of a server's Sec-WebSocket-Extensions whose name
// is [Name], by itself: [Accept] holds it against the offers. A client has to
// fail the connection if there is any problem (RFC 7692 7.1); the parameters are
// then those that are right, each as it came first.
func ParseAnswer(e wsproto.Extension) (Params, []Problem) {
	return parse(e, true)
}

func parse(e wsproto.Extension, answer bool) (p Params, problems []Problem) {
	for i, param := range e.Params {
		kind := ProblemKind(0)
		if seenBefore(e.Params, i) {
			kind = ParamRepeated
		} else {
			kind = p.set(param, answer)
		}
		if kind != 0 {
			problems = append(problems, Problem{kind, param.Name, param.Value})
		}
	}
	return p, problems
}

func seenBefore(params []wsproto.Param, i int) bool {
	for _, earlier := range params[:i] {
		if earlier.Name == params[i].Name {
			return true
		}
	}
	return false
}

// set takes in a parameter unless that is wrong.
func (p *Params) set(param wsproto.Param, answer bool) ProblemKind {
	switch param.Name {
	case ServerNoContextTakeover, ClientNoContextTakeover:
		if param.HasValue {
			return ValueUnwanted
		}
		if param.Name == ServerNoContextTakeover {
			p.ServerNoContextTakeover = true
		} else {
			p.ClientNoContextTakeover = true
		}
		return 0
	case ServerMaxWindowBits:
		bits, problem := parseBits(param)
		p.ServerMaxWindowBits = bits
		return problem
	case ClientMaxWindowBits:
		if !param.HasValue && !answer {
			p.HasClientMaxWindowBits = true
			return 0
		}
		bits, problem := parseBits(param)
		p.HasClientMaxWindowBits = problem == 0
		p.ClientMaxWindowBits = bits
		return problem
	}
	return ParamUnknown
}

// parseBits reads a window size. Whether the value came as a token or as a
// quoted string makes no difference (RFC 7692 5.2, RFC 6455 9.1).
func parseBits(param wsproto.Param) (int, ProblemKind) {
	if !param.HasValue {
		return 0, ValueMissing
	}
	value := param.Value
	if value == "" {
		return 0, ValueSyntax
	}
	for _, c := range []byte(value) {
		if c < '0' || c > '9' {
			return 0, ValueSyntax
		}
	}
	if value[0] == '0' && len(value) > 1 {
		return 0, ValueLeadingZero
	}
	if bits, err := strconv.Atoi(value); err == nil && bits >= MinWindowBits && bits <= MaxWindowBits {
		return bits, 0
	}
	return 0, ValueRange
}
