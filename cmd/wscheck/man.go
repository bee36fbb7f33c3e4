package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

type manCmd struct{}

// Run prints the manual page.
func (manCmd) Run(e *env, k *kong.Context) error { return writeMan(e.stdout, k.Model) }

// writeMan writes the manual page of a command line in roff, for man(1).
func writeMan(w io.Writer, app *kong.Application) error {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s 1 \"\" %s\n", strings.ToUpper(app.Name), roffWord(app.Name+" "+version()))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(app.Name), roff(app.Help))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n.I command\n.RI [ flags ]\n", roff(app.Name))
	writeManFlags(&b, app.Flags)
	b.WriteString(".SH COMMANDS\n")
	for _, leaf := range app.Leaves(true) {
		fmt.Fprintf(&b, ".SS %s\n%s\n", roffWord(leaf.Summary()), roff(leaf.Help))
		for _, arg := range leaf.Positional {
			fmt.Fprintf(&b, ".TP\n.I %s\n%s\n", roff(arg.Summary()), roff(arg.Help))
		}
		writeManFlags(&b, leaf.Flags)
	}
	b.WriteString(".SH EXIT STATUS\n")
	for code, text := range []string{
		exitOK:          "All is well.",
		exitFailed:      "A case failed, or the run was interrupted.",
		exitUsage:       "A flag, a file or a URL makes no sense: one line says which, and what to do.",
		exitUnreachable: "A peer was not reachable.",
	} {
		fmt.Fprintf(&b, ".TP\n.B %d\n%s\n", code, roff(text))
	}
	b.WriteString(".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nWhere it is set, nothing is colored.\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func writeManFlags(b *strings.Builder, flags []*kong.Flag) {
	for _, f := range flags {
		if !f.Hidden {
			fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(f.String()), roff(f.Help))
		}
	}
}

// roff is a line of text.
func roff(s string) string {
	s = strings.NewReplacer("\\", "\\e", "-", "\\-", "\n", " ").Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = "\\&" + s
	}
	return s
}

// roffWord is one argument of a macro.
func roffWord(s string) string { return `"` + strings.ReplaceAll(roff(s), `"`, `""`) + `"` }
