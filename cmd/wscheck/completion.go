package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/wscheck/wscheck/internal/visible"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish: source <(wscheck completion bash), or wscheck completion fish | source."`
}

// completions are what a shell runs, with the program and its name left open. The
// shell asks the program itself, by the environment variable COMP_LINE; where that
// knows nothing better, files are offered.
var completions = map[string]string{
	"bash": "complete -o default -C %[1]s %[2]s\n",
	"zsh":  "autoload -U +X bashcompinit && bashcompinit\ncomplete -o default -C %[1]s %[2]s\n",
	"fish": `function __complete_%[2]s
    set -lx COMP_LINE (commandline -cp)
    test -z (commandline -ct)
    and set COMP_LINE "$COMP_LINE "
    %[1]s
end
complete -c %[2]s -a "(__complete_%[2]s)"
`,
}

// Run prints the lines for the shell.
func (c *completionCmd) Run(e *env) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, completions[c.Shell], visible.Word(filepath.Clean(program)), "wscheck")
	return err
}
