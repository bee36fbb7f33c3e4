package reference

import (
	"slices"
	"strings"

	"github.com/wscheck/wscheck/wsproto"
)

// OpeningFreedom is what an endpoint does in the opening handshake that RFC 6455
// 4 and the HTTP/1 message syntax allow and few endpoints do.
type OpeningFreedom struct {
	Case        FieldCase // of field names
	TokenCase   FieldCase // of the tokens in Upgrade and Connection
	Shuffle     bool      // the fields in any order
	Space       Space     // around field values
	Tokens      bool      // more tokens in Connection, and in a request's Upgrade
	Extra       int       // number of fields that mean nothing
	OtherReason bool      // a reason phrase of the server's own
	NoReason    bool      // an empty reason phrase
	WithFrame   bool      // the server's response in one write with its first frames
	Greeting    bool      // an unsolicited pong before anything else
	Ping        bool      // a ping before anything else
}

// FieldCase is a way to write field names and tokens, whose case means nothing.
type FieldCase uint8

// The ways to write a name.
const (
	CaseUsual FieldCase = iota
	CaseLower
	CaseUpper
	CaseMixed
)

// apply returns s written in that case.
func (c FieldCase) apply(s string) string {
	switch c {
	case CaseLower:
		return strings.ToLower(s)
	case CaseUpper:
		return strings.ToUpper(s)
	case CaseMixed:
		b := []byte(strings.ToLower(s))
		for i := 1; i < len(b); i += 2 {
			b[i] = strings.ToUpper(string(b[i]))[0]
		}
		return string(b)
	}
	return s
}

// Space is the white space between the colon and the value of a field, and
// after the value.
type Space uint8

// The ways to space a field.
const (
	SpaceUsual Space = iota // one blank before, none after
	SpaceNone
	SpaceWide // several blanks and tabs on both sides
)

// around returns what goes before and after a value.
func (s Space) around() (before, after string) {
	switch s {
	case SpaceNone:
		return "", ""
	case SpaceWide:
		return " \t  ", "  \t"
	}
	return " ", ""
}

// applyToRequest rewrites a request without changing what it means.
func (o OpeningFreedom) applyToRequest(r *wsproto.Request, rand *source) {
	if o.Tokens {
		o.addToken(r.Fields, "Connection", "keep-alive, Upgrade")
	}
	r.Fields = o.apply(r.Fields, rand)
}

// applyToResponse rewrites a response without changing what it means.
func (o OpeningFreedom) applyToResponse(r *wsproto.Response, rand *source) {
	switch {
	case o.NoReason:
		r.Reason = ""
	case o.OtherReason:
		r.Reason = "Web Socket Protocol Handshake"
	}
	if o.Tokens {
		o.addToken(r.Fields, "Connection", "keep-alive, Upgrade")
	}
	r.Fields = o.apply(r.Fields, rand)
}

// addToken replaces the value of a field.
func (o OpeningFreedom) addToken(fields wsproto.Fields, name, value string) {
	for i := range fields {
		if fields[i].Name == name {
			fields[i].Value = value
		}
	}
}

// apply rewrites fields without changing what they mean.
func (o OpeningFreedom) apply(fields wsproto.Fields, rand *source) wsproto.Fields {
	if o == (OpeningFreedom{}) {
		return fields
	}
	fields = slices.Clone(fields)
	for i := range o.Extra {
		name := "X-Extra-" + string(rune('A'+i%26))
		fields = append(fields, wsproto.Field{Name: name, Value: strings.Repeat("spam, ", i) + "eggs"})
	}
	before, after := o.Space.around()
	for i := range fields {
		f := &fields[i]
		if f.Name == "Upgrade" || f.Name == "Connection" {
			f.Value = o.TokenCase.apply(f.Value)
		}
		f.Raw = o.Case.apply(f.Name) + ":" + before + f.Value + after + "\r\n"
	}
	if o.Shuffle {
		// Fields of one name keep their order, which means something.
		keys := make(map[string]uint32)
		for _, f := range fields {
			if _, ok := keys[f.Name]; !ok {
				keys[f.Name] = rand.uint32()
			}
		}
		slices.SortStableFunc(fields, func(a, b wsproto.Field) int {
			return int(int64(keys[a.Name]) - int64(keys[b.Name]))
		})
	}
	return fields
}
