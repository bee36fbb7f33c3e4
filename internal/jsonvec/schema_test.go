package jsonvec

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// validate holds a value against a schema: as much of JSON Schema 2020-12 as
// schema.json uses. What it does not know is a problem, so that nothing in the
// schema goes unlooked at.
func validate(root, schema map[string]any, value any, at string) (problems []string) {
	bad := func(format string, args ...any) { problems = append(problems, at+": "+fmt.Sprintf(format, args...)) }
	object, _ := value.(map[string]any)
	array, _ := value.([]any)
	text, isText := value.(string)
	number, isNumber := value.(float64)
	for key, want := range schema {
		switch key {
		case "$schema", "$id", "$defs", "title", "description", "then", "else":
		case "$ref":
			name := strings.TrimPrefix(want.(string), "#/$defs/")
			problems = append(problems, validate(root, root["$defs"].(map[string]any)[name].(map[string]any), value, at)...)
		case "type":
			ok := map[string]bool{
				"object": object != nil, "array": array != nil, "string": isText, "integer": isNumber && number == float64(int64(number)),
			}[want.(string)]
			if !ok {
				bad("%v is not a %v", value, want)
			}
		case "const":
			if value != want {
				bad("%v is not %v", value, want)
			}
		case "enum":
			if !slices.Contains(want.([]any), value) {
				bad("%v is not one of %v", value, want)
			}
		case "pattern":
			if isText && !pattern(want.(string)).MatchString(text) {
				bad("%q does not match %v", text, want)
			}
		case "minLength":
			if isText && float64(utf8.RuneCountInString(text)) < want.(float64) {
				bad("%q is too short", text)
			}
		case "minimum", "maximum":
			if limit := want.(float64); isNumber && (key == "minimum" && number < limit || key == "maximum" && number > limit) {
				bad("%v is beyond the %s %v", number, key, limit)
			}
		case "minItems", "maxItems":
			n := float64(len(array))
			if limit := want.(float64); array != nil && (key == "minItems" && n < limit || key == "maxItems" && n > limit) {
				bad("%v items are beyond %s %v", n, key, limit)
			}
		case "items":
			for i, item := range array {
				problems = append(problems, validate(root, want.(map[string]any), item, fmt.Sprintf("%s/%d", at, i))...)
			}
		case "required":
			for _, name := range want.([]any) {
				if _, ok := object[name.(string)]; object != nil && !ok {
					bad("%v is missing", name)
				}
			}
		case "properties":
			for name, s := range want.(map[string]any) {
				if v, ok := object[name]; ok {
					problems = append(problems, validate(root, s.(map[string]any), v, at+"/"+name)...)
				}
			}
		case "additionalProperties":
			for name := range object {
				if _, ok := schema["properties"].(map[string]any)[name]; !ok {
					bad("%q is not known", name)
				}
			}
		case "not":
			if len(validate(root, want.(map[string]any), value, at)) == 0 {
				bad("it is what it must not be")
			}
		case "if":
			branch := "then"
			if len(validate(root, want.(map[string]any), value, at)) > 0 {
				branch = "else"
			}
			problems = append(problems, validate(root, schema[branch].(map[string]any), value, at)...)
		default:
			bad("the keyword %s is not known", key)
		}
	}
	return problems
}

var patterns = map[string]*regexp.Regexp{}

// pattern compiles an expression, once.
func pattern(expression string) *regexp.Regexp {
	if patterns[expression] == nil {
		patterns[expression] = regexp.MustCompile(expression)
	}
	return patterns[expression]
}

// problems holds a file against schema.json.
func problems(t *testing.T, file []byte) []string {
	t.Helper()
	var schema map[string]any
	if err := json.Unmarshal(Schema, &schema); err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(file, &value); err != nil {
		t.Fatal(err)
	}
	return validate(schema, schema, value, "")
}

// TestSchemaRefuses has the schema refuse what it should, and the reader too.
func TestSchemaRefuses(t *testing.T) {
	const good = `{"version":1,"license":"CC0-1.0","vectors":[{"name":"a","role":"server","extensions":"","octets":["8a","80"],` +
		`"result":"fail","events":[{"type":"text","at":1,"data":"00"}],"fail":{"first":1,"last":2,"clause":"rfc6455/5.2/x","codes":[1002]}}]}`
	if p := problems(t, []byte(good)); p != nil {
		t.Fatal(p)
	}
	if _, err := Parse([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{`"version":1`, `"version":2`, "version 2: only 1 is known"},
		{`"name":"a"`, `"name":""`, "a vector without a name"},
		{`"role":"server"`, `"role":"proxy"`, `role "proxy"`},
		{`"8a"`, `"8"`, "odd length hex string"},
		{`"octets":["8a","80"],`, ``, "of 0 octets"},
		{`"fail","events"`, `"keep","events"`, `vector "a": it is kept, and fails`},
		{`,"fail":{"first":1,"last":2,"clause":"rfc6455/5.2/x","codes":[1002]}`, ``, `vector "a": it fails, and nothing says where`},
		{`"text"`, `"frame"`, `event 0 is "frame"`},
		{`"at":1`, `"at":-1`, "event 0 is at -1, of 2 octets"},
		{`[1002]`, `[]`, "it fails from 1 to 2, of 2 octets, with 0 codes"},
		{`"extensions":""`, `"extensions":"","more":1`, `unknown field "more"`},
	} {
		t.Run(c.new, func(t *testing.T) {
			file := strings.Replace(good, c.old, c.new, 1)
			if file == good {
				t.Fatal("nothing was replaced")
			}
			if problems(t, []byte(file)) == nil {
				t.Error("the schema takes it")
			}
			if _, err := Parse([]byte(file)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the reader says %v, want %q", err, c.want)
			}
		})
	}
}
