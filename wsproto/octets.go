package wsproto

import (
	"encoding/hex"
	"fmt"
)

// Octets are bytes whose text form, in JSON too, is two hexadecimal digits each.
type Octets []byte

// MarshalText returns the digits.
func (o Octets) MarshalText() ([]byte, error) {
	return hex.AppendEncode(make([]byte, 0, 2*len(o)), o), nil
}

// UnmarshalText reads digits.
func (o *Octets) UnmarshalText(text []byte) error {
	b, err := hex.AppendDecode(make([]byte, 0, len(text)/2), text)
	if err != nil {
		return fmt.Errorf("octets have to be hexadecimal digits: %w", err)
	}
	*o = b
	return nil
}
