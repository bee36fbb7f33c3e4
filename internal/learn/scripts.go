package learn

import (
	"fmt"
	"slices"
	"strings"
)

// ScriptExtension ends the name of a file with a script in it.
const ScriptExtension = ".wsscript"

// NamedScript is the text of a script, as [oracle.ParseScript] reads it, and the
// name of a file for it.
type NamedScript struct {
	Name string
	Text []byte
}

// Scripts returns a script for each of the machine's targets.
func (m *Machine) Scripts() (scripts []NamedScript) {
	for i, t := range m.Targets() {
		word := make([]*Input, len(t))
		for i, in := range t {
			word[i] = Named(m.Inputs[in])
		}
		scripts = append(scripts, m.script(i, word, ""))
	}
	return scripts
}

// Scripts returns a script for each difference between a machine m and another one.
// a and b are what they are called.
func (d *Comparison) Scripts(m *Machine, a, b string) (scripts []NamedScript) {
	for i, f := range d.Differences {
		scripts = append(scripts, m.script(i, f.Word, fmt.Sprintf("# %s: %s\n# %s: %s\n", oneLine(a), f.A, oneLine(b), f.B)))
	}
	return scripts
}

// maxName bounds the octets of a name.
const maxName = 80

func (m *Machine) script(number int, word []*Input, comment string) NamedScript {
	var names, does []string
	for _, in := range word {
		names, does = append(names, in.Name), append(does, in.Does)
	}
	name := strings.Join(names, "_")
	if len(name) > maxName {
		name = name[:maxName]
	}
	if len(does) == 0 {
		does = []string{"nothing"}
	}
	text := fmt.Sprintf("# %s\n%s%s", strings.Join(does, "; "), comment, Script(m.Peer, word, Setting{Deflate: m.Deflate}))
	return NamedScript{fmt.Sprintf("%03d-%s%s", number, name, ScriptExtension), []byte(text)}
}

// oneLine is a text without what could end a comment.
func oneLine(s string) string {
	return strings.Join(slices.Collect(strings.FieldsFuncSeq(s, func(r rune) bool { return r < ' ' })), " ")
}
