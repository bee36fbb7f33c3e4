package wsproto_test

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/wscheck/wscheck/wsproto"
)

func TestParseExtensions(t *testing.T) {
	deflate := wsproto.Extension{Name: "permessage-deflate", Params: []wsproto.Param{
		{Name: "client_max_window_bits"},
		{Name: "server_max_window_bits", Value: "10", HasValue: true},
	}}
	quoted := wsproto.Extension{Name: "permessage-deflate", Params: []wsproto.Param{
		{Name: "client_max_window_bits"},
		{Name: "server_max_window_bits", Value: "10", HasValue: true, Quoted: true},
	}}
	foo := wsproto.Extension{Name: "foo"}
	tests := []struct {
		name   string
		values []string
		want   []wsproto.Extension
	}{
		{"none", nil, nil},
		{"empty", []string{""}, nil},
		{"empty elements alone", []string{" , ,\t,", ""}, nil},
		{"name", []string{"foo"}, []wsproto.Extension{foo}},
		{"parameters", []string{"permessage-deflate; client_max_window_bits; server_max_window_bits=10"}, []wsproto.Extension{deflate}},
		{"no white space", []string{"permessage-deflate;client_max_window_bits;server_max_window_bits=10"}, []wsproto.Extension{deflate}},
		{"much white space", []string{" permessage-deflate\t; client_max_window_bits ;\tserver_max_window_bits = 10 "}, []wsproto.Extension{deflate}},
		{"quoted", []string{`permessage-deflate; client_max_window_bits; server_max_window_bits="10"`}, []wsproto.Extension{quoted}},
		{"quoted pair", []string{`permessage-deflate; client_max_window_bits; server_max_window_bits = "\1\0" `}, []wsproto.Extension{quoted}},
		{"list", []string{"foo, permessage-deflate; client_max_window_bits; server_max_window_bits=10,foo"}, []wsproto.Extension{foo, deflate, foo}},
		{"several fields", []string{"foo", "permessage-deflate; client_max_window_bits; server_max_window_bits=10"}, []wsproto.Extension{foo, deflate}},
		{"empty elements", []string{",, foo ,,", ",foo"}, []wsproto.Extension{foo, foo}},
		{"all token characters", []string{"!#$%&'*+-.^_`|~09azAZ"}, []wsproto.Extension{{Name: "!#$%&'*+-.^_`|~09azAZ"}}},
		{"the same parameter twice", []string{"foo;a=1;a"}, []wsproto.Extension{{Name: "foo", Params: []wsproto.Param{
			{Name: "a", Value: "1", HasValue: true}, {Name: "a"},
		}}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := wsproto.ParseExtensions(test.values)
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v, %v\nwant %+v", got, err, test.want)
			}
		})
	}
}

func TestParseExtensionsErrors(t *testing.T) {
	tests := []struct{ value, want string }{
		{";", "want an extension name in Sec-WebSocket-Extensions \";\", at octet 0"},
		{"foo bar", "want a comma, a semicolon or the end in Sec-WebSocket-Extensions \"foo bar\", at octet 4"},
		{"foo=1", "want a comma, a semicolon or the end in"},
		{"foo;", "want a parameter name"},
		{"foo;,bar", "want a parameter name"},
		{"foo; =1", "want a parameter name"},
		{"foo; a=", "want a parameter value"},
		{"foo; a=,b", "want a parameter value"},
		{"foo; a b", "want a comma"},
		{"foo; a=b c", "want a comma"},
		{`foo; a="b`, "want a closing quote"},
		{`foo; a="b\`, "want a character after the backslash"},
		{`foo; a=""`, "want a token within the quotes"},
		{`foo; a="b c"`, "want a token within the quotes"},
		{`foo; a="b\"c"`, "want a token within the quotes"},
		{`foo; a="b"c`, "want a comma"},
		{`"foo"`, "want an extension name"},
		{"foo\x00", "want a comma"},
		{"f\xc3\xb6\xc3\xb6", "want a comma"},
		{"foo, (bar)", "want an extension name in Sec-WebSocket-Extensions \"foo, (bar)\", at octet 5"},
	}
	for _, test := range tests {
		t.Run(test.value, func(t *testing.T) {
			got, err := wsproto.ParseExtensions([]string{"first", test.value, "last"})
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("error %v, want %s", err, test.want)
			}
			if len(got) == 0 || got[0].Name != "first" || got[len(got)-1].Name == "last" {
				t.Errorf("with the error came %+v", got)
			}
		})
	}
}

func TestExtensionString(t *testing.T) {
	for _, test := range []struct {
		extension wsproto.Extension
		want      string
	}{
		{wsproto.Extension{Name: "foo"}, "foo"},
		{wsproto.Extension{Name: "foo", Params: []wsproto.Param{
			{Name: "a"}, {Name: "b", Value: "1", HasValue: true}, {Name: "c", Value: "2", HasValue: true, Quoted: true},
		}}, `foo; a; b=1; c="2"`},
		{wsproto.Extension{Name: "foo", Params: []wsproto.Param{{Name: "a", Value: `"\`, HasValue: true, Quoted: true}}}, `foo; a="\"\\"`},
		{wsproto.Extension{Name: "foo", Params: []wsproto.Param{{Name: "a", HasValue: true}}}, "foo; a="},
	} {
		if got := test.extension.String(); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

func TestExtensionRoundTrip(t *testing.T) {
	token := rapid.StringMatching("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,8}")
	rapid.Check(t, func(t *rapid.T) {
		e := wsproto.Extension{Name: token.Draw(t, "name")}
		for range rapid.IntRange(0, 3).Draw(t, "params") {
			p := wsproto.Param{Name: token.Draw(t, "param"), HasValue: rapid.Bool().Draw(t, "value?")}
			if p.HasValue {
				p.Value, p.Quoted = token.Draw(t, "value"), rapid.Bool().Draw(t, "quoted")
			}
			e.Params = append(e.Params, p)
		}
		got, err := wsproto.ParseExtensions([]string{e.String() + ", " + e.String()})
		if err != nil || !reflect.DeepEqual(got, []wsproto.Extension{e, e}) {
			t.Fatalf("%s is read as %+v, %v", e, got, err)
		}
	})
}
