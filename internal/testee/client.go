package testee

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/wsurl"
)

// Client is the client under test of a fuzzing server, as Autobahn|Testsuite
// has it: it asks for the number of cases, plays one after the other by sending
// each message back, and asks for the report.
type Client struct {
	Dialer Dialer

	// Agent is its name in the report.
	Agent string

	// Options are those of its endpoint.
	Options reference.Options

	// Counted and Started, if not nil, are called with the number of cases, and
	// with each that begins.
	Counted func(cases int)
	Started func(n int, peer net.Addr)
}

// maxCases bounds the number of cases that a fuzzing server may have.
const maxCases = 100_000

// Run plays the cases of the server at a URL. Only its scheme, host and port count.
// The server reports how the cases end: the error is one of connecting, or why ctx
// ended.
func (c *Client) Run(ctx context.Context, serverURL string) error {
	u, err := wsurl.Parse(serverURL)
	if err != nil {
		return err
	}
	count, err := c.count(ctx, at(u, "/getCaseCount", nil))
	if err != nil {
		return err
	}
	if c.Counted != nil {
		c.Counted(count)
	}
	agent := url.Values{"agent": {c.Agent}}
	for n := 1; n <= count; n++ {
		query := url.Values{"case": {strconv.Itoa(n)}, "agent": {c.Agent}}
		if err := c.play(ctx, n, at(u, "/runCase", query)); err != nil {
			return err
		}
	}
	_, err = c.ask(ctx, at(u, "/updateReports", agent))
	return err
}

// maxAnswers bounds the messages that answer a command: one is right.
const maxAnswers = 16

// at returns the URL of a command.
func at(u *url.URL, path string, query url.Values) string {
	command := url.URL{Scheme: u.Scheme, Host: u.Host, Path: path, RawQuery: query.Encode()}
	return command.String()
}

// count asks for the number of cases.
func (c *Client) count(ctx context.Context, url string) (int, error) {
	answer, err := c.ask(ctx, url)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(strings.TrimSpace(answer))
	if err != nil || n < 0 || n > maxCases {
		return 0, fmt.Errorf("%s answers %.40q: want the number of cases", url, answer)
	}
	return n, nil
}

// ask returns the answer to a command: a message, "" if there is none.
func (c *Client) ask(ctx context.Context, url string) (answer string, err error) {
	conn, err := c.Dialer.Dial(ctx, url)
	if err != nil {
		return "", err
	}
	stop := context.AfterFunc(ctx, conn.Drop)
	defer stop()
	for n := range maxAnswers {
		_, payload, err := conn.Read()
		switch {
		case ctx.Err() != nil:
			return "", context.Cause(ctx)
		case errors.Is(err, ErrClosed):
			return answer, nil
		case err != nil:
			return "", fmt.Errorf("%s: %w", url, err)
		case n == 0:
			answer = string(payload)
		}
	}
	conn.Drop()
	return "", fmt.Errorf("%s: it sends more: want one message and a close", url)
}

func (c *Client) play(ctx context.Context, n int, url string) error {
	conn, err := c.Dialer.DialTCP(ctx, url)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if c.Started != nil {
		c.Started(n, conn.RemoteAddr())
	}
	if err := c.Options.Check(); err != nil {
		conn.Close()
		return err
	}
	_ = reference.Connect(conn, url, c.Options) // most cases are there to make it fail
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}
