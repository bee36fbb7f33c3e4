package wsproto

import "fmt"

// Role is the part an endpoint plays on a connection. It decides who masks:
// a client masks every frame, a server none (RFC 6455 5.1).
type Role uint8

// The two roles of RFC 6455 1.3.
const (
	Client Role = iota
	Server
)

// Peer returns the role at the other end of the connection.
func (r Role) Peer() Role {
	if r == Client {
		return Server
	}
	return Client
}

// String returns "client" or "server".
func (r Role) String() string {
	switch r {
	case Client:
		return "client"
	case Server:
		return "server"
	}
	return fmt.Sprintf("role(%d)", uint8(r))
}

// ParseRole is the inverse of [Role.String].
func ParseRole(s string) (Role, error) {
	switch s {
	case "client":
		return Client, nil
	case "server":
		return Server, nil
	}
	return 0, fmt.Errorf(`wsproto: role %q is neither "client" nor "server"`, s)
}

// MarshalText writes the role as [Role.String] does. It fails for a value that
// is neither.
func (r Role) MarshalText() ([]byte, error) {
	if r > Server {
		return nil, fmt.Errorf("wsproto: no such role: %d", uint8(r))
	}
	return []byte(r.String()), nil
}

// UnmarshalText reads what [Role.MarshalText] writes.
func (r *Role) UnmarshalText(text []byte) error {
	parsed, err := ParseRole(string(text))
	if err != nil {
		return err
	}
	*r = parsed
	return nil
}
