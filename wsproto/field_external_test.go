package wsproto_test

import (
	"slices"
	"testing"

	"github.com/wscheck/wscheck/wsproto"
)

func TestFields(t *testing.T) {
	fields := wsproto.Fields{
		{Name: "Connection", Value: "keep-alive, Upgrade"},
		{Name: "Host", Value: "a.example"},
		{Name: "CONNECTION", Value: " ,\tclose\t,, "},
		{Name: "Host ", Value: "not a Host field"},
		{Name: "", Value: "no field"},
		{Name: "Empty", Value: ""},
		{Name: "\u212aey", Value: "Kelvin"},
	}
	tests := []struct {
		name           string
		first          string
		values, tokens []string
	}{
		{"connection", "keep-alive, Upgrade", []string{"keep-alive, Upgrade", " ,\tclose\t,, "}, []string{"keep-alive", "Upgrade", "close"}},
		{"hOST", "a.example", []string{"a.example"}, []string{"a.example"}},
		{"empty", "", []string{""}, nil},
		{"absent", "", nil, nil},
		{"key", "", nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if first, n := fields.Get(test.name); first != test.first || n != len(test.values) {
				t.Errorf("Get returns %q, %d", first, n)
			}
			if got := fields.Values(test.name); !slices.Equal(got, test.values) {
				t.Errorf("Values returns %q", got)
			}
			if got := fields.Tokens(test.name); !slices.Equal(got, test.tokens) {
				t.Errorf("Tokens returns %q", got)
			}
		})
	}
}

func TestFieldAppendTo(t *testing.T) {
	for _, test := range []struct {
		field wsproto.Field
		want  string
	}{
		{wsproto.Field{Name: "Host", Value: "a"}, "Host: a\r\n"},
		{wsproto.Field{}, ": \r\n"},
		{wsproto.Field{Name: "Host", Value: "a", Raw: "anything"}, "anything"},
		{wsproto.Field{Name: "a\r\nb", Value: "c\x00"}, "a\r\nb: c\x00\r\n"},
	} {
		if got := string(test.field.AppendTo([]byte("x"))); got != "x"+test.want {
			t.Errorf("%+v is written as %q", test.field, got)
		}
	}
}
