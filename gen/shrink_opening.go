package gen

import (
	"reflect"
	"slices"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// plainOpening makes the opening handshake the usual one, or as much of it as
// can be.
func (z *shrinker) plainOpening() {
	if reflect.DeepEqual(&z.best.Handshake, new(oracle.Handshake)) || z.tryOpening(func(h *oracle.Handshake) { *h = oracle.Handshake{} }) {
		return
	}
	for i := range reflect.TypeFor[oracle.Handshake]().NumField() {
		if !reflect.ValueOf(z.best.Handshake).Field(i).IsZero() {
			z.tryOpening(func(h *oracle.Handshake) { reflect.ValueOf(h).Elem().Field(i).SetZero() })
		}
	}
	fewer(z, z.best.Handshake.Before, func(h *oracle.Handshake, requests []string) { h.Before = requests })
	fewer(z, z.best.Handshake.Fields, func(h *oracle.Handshake, fields []wsproto.Field) { h.Fields = fields })
	fewer(z, z.best.Handshake.Drop, func(h *oracle.Handshake, names []string) { h.Drop = names })
	fewer(z, z.best.Handshake.Subprotocols, func(h *oracle.Handshake, names []string) { h.Subprotocols = names })
	fewer(z, z.best.Handshake.Offers, func(h *oracle.Handshake, offers []string) { h.Offers = offers })
	z.shorterFields()
	if z.best.Handshake.Chop > 1 {
		z.tryOpening(func(h *oracle.Handshake) { h.Chop = 1 })
	}
}

// tryOpening tries the best script with its opening handshake altered.
func (z *shrinker) tryOpening(alter func(*oracle.Handshake)) bool {
	s := *z.best
	alter(&s.Handshake)
	return z.try(&s)
}

// fewer leaves out elements of a list of the opening handshake, one by one.
func fewer[T any](z *shrinker, list []T, set func(*oracle.Handshake, []T)) {
	for i := len(list) - 1; i >= 0 && len(list) > 1; i-- {
		shorter := slices.Concat(list[:i], list[i+1:])
		if z.tryOpening(func(h *oracle.Handshake) { set(h, shorter) }) {
			list = shorter
		}
	}
}

// shorterFields halves fields that are long.
func (z *shrinker) shorterFields() {
	for i := range z.best.Handshake.Fields {
		for {
			raw := z.best.Handshake.Fields[i].Raw
			if len(raw) <= longField {
				break
			}
			fields := slices.Clone(z.best.Handshake.Fields)
			fields[i].Raw = raw[:len(raw)/2] + "\r\n"
			if !z.tryOpening(func(h *oracle.Handshake) { h.Fields = fields }) {
				break
			}
		}
	}
}

// longField is the length from which on a field is worth halving.
const longField = 64
