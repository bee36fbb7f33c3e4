package process

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Client is a command that is a WebSocket client, and connects to the URL that it is started with.
type Client struct {
	// Command is the program and its arguments. A single one with a blank in it is a line
	// for the shell. The URL is in the environment variable URL; {} in an argument stands for
	// it, and where nothing does, it is the last argument.
	Command []string

	Dir   string        // where it runs; "" means here
	Grace time.Duration // see [StartCommand]
}

// Find looks for the command's program, so that a wrong name leaves nothing behind.
func (c *Client) Find() error {
	words, shell := c.arguments("")
	if shell || c.Dir != "" {
		return nil // it is for the shell to find, or elsewhere
	}
	if _, err := exec.LookPath(words[0]); err != nil {
		return fmt.Errorf("the command cannot be started: %w", err)
	}
	return nil
}

// arguments are the command's words for a URL, and whether the first one is a
// line for the shell.
func (c *Client) arguments(url string) (words []string, shell bool) {
	shell = len(c.Command) == 1 && strings.ContainsAny(c.Command[0], " \t\n")
	value := url
	if shell {
		value = ShellVariable("URL")
	}
	placed := false
	for _, word := range c.Command {
		placed = placed || strings.Contains(word, placeholder) || shell && strings.Contains(word, "URL")
		words = append(words, strings.ReplaceAll(word, placeholder, value))
	}
	switch {
	case placed:
	case shell:
		words[0] += " " + value
	default:
		words = append(words, value)
	}
	return words, shell
}

// placeholder stands for the URL in an argument.
const placeholder = "{}"

// Start starts the command with a URL, and what it reads; nil for nothing.
func (c *Client) Start(url string, input *os.File) (*Command, error) {
	words, shell := c.arguments(url)
	var cmd *exec.Cmd
	if shell {
		cmd = Shell(words[0])
	} else {
		cmd = exec.Command(words[0], words[1:]...)
	}
	cmd.Dir, cmd.Env = c.Dir, append(os.Environ(), "URL="+url)
	if input != nil {
		cmd.Stdin = input
	}
	return StartCommand(cmd, c.Grace)
}
