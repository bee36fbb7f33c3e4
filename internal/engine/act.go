package engine

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/crashlog"
	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Act is what a peer is asked to do by itself on one connection: see [Config.Act].
type Act struct {
	Do     string            // "close" or "ping"
	Code   wsproto.CloseCode // of the close frame; 0 for none
	Reason string            // of the close frame

	Address string // of our end of the connection, which the peer sees as the remote one
	Server  string // the address that we are connected to
}

// actLimit is how long an act may take; it is stretched on a busy machine.
const actLimit = 10 * time.Second

// needAct is what the cases in which the peer acts first need.
const needAct = "a hook that has the peer act first"

// acting has the peer of a conversation act.
type acting struct {
	act      *catalogue.Act // nil for nothing
	ask      func(context.Context, Act) error
	at       Act   // the addresses
	unasked  bool  // it did not come to that
	askError error // why the peer was not asked
	unmet    bool  // a step awaited what the peer was to do, and it did not come
}

// acts has the peer act, once all that was written before has left. It reports whether
// the script may continue.
func (c *scriptPlayer) acts() bool {
	c.drain(0)
	if c.lost || c.ask == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(c.ctx, process.Stretch(actLimit))
	defer cancel()
	act := c.at
	act.Do, act.Code, act.Reason = c.act.Do, c.act.Code, c.act.Reason
	c.unasked = false
	c.askError = c.ask(ctx, act)
	c.noteActivity()
	return c.askError == nil || c.act.May
}

// acted returns the verdict. If nothing was wrong but the peer did not do what it was asked
// to, the verdict says so.
func (c *conversation) acted(v oracle.Verdict) oracle.Verdict {
	if c.act == nil || c.act.May || v.Outcome != oracle.Pass && v.Outcome != oracle.Allowed && v.Outcome != oracle.Inconclusive {
		return v
	}
	did := oracle.AwaitClose
	if c.act.Do == catalogue.ActPing {
		did = oracle.AwaitPing
	}
	switch {
	case c.askError != nil:
		v.Outcome, v.Reason = oracle.Inconclusive, "the hook failed: "+showable(c.askError.Error())
	case c.unasked:
		v.Outcome, v.Reason = oracle.Unsupported, "the connection was over before the peer could be asked to "+c.act.Do
	case c.unmet || c.ep.counts[did] == 0:
		v.Outcome, v.Reason = oracle.Unsupported, "the hook ran, and the peer sent no "+c.act.Do
	}
	return v
}

// The environment of a [Hook].
const (
	actVariable     = "WSCHECK_ACT"
	codeVariable    = "WSCHECK_CODE"
	reasonVariable  = "WSCHECK_REASON"
	addressVariable = "WSCHECK_ADDRESS"
	serverVariable  = "WSCHECK_SERVER"
)

// ActOf returns the act that the environment of a [Hook] describes.
func ActOf(lookup func(string) (string, bool)) (act Act, err error) {
	code := ""
	for _, v := range []struct {
		name string
		to   *string
	}{{actVariable, &act.Do}, {codeVariable, &code}, {reasonVariable, &act.Reason}, {addressVariable, &act.Address}, {serverVariable, &act.Server}} {
		var ok bool
		if *v.to, ok = lookup(v.name); !ok {
			return Act{}, fmt.Errorf("%s is not set: this is for a command of --hook", v.name)
		}
	}
	if code != "" {
		n, err := strconv.ParseUint(code, 10, 16)
		if err != nil {
			return Act{}, fmt.Errorf("%s=%q: want a number of 0 to 65535", codeVariable, code)
		}
		act.Code = wsproto.CloseCode(n)
	}
	return act, nil
}

// Hook returns a function for [Config.Act] that runs a command of the shell and waits for
// it. The environment has WSCHECK_ACT, WSCHECK_CODE ("" for none), WSCHECK_REASON,
// WSCHECK_ADDRESS and WSCHECK_SERVER: the fields of [Act].
func Hook(command string) func(context.Context, Act) error {
	return func(ctx context.Context, act Act) error {
		code := ""
		if act.Code != 0 {
			code = strconv.Itoa(int(act.Code))
		}
		cmd := process.Shell(command)
		out := new(crashlog.Log)
		cmd.Stdout, cmd.Stderr = out, out
		cmd.Env = append(os.Environ(), actVariable+"="+act.Do, codeVariable+"="+code, reasonVariable+"="+act.Reason,
			addressVariable+"="+act.Address, serverVariable+"="+act.Server)
		cmd.WaitDelay = actLimit / 10
		if err := cmd.Start(); err != nil {
			return err
		}
		stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
		defer stop()
		err := cmd.Wait()
		switch text := out.LastLine(); {
		case ctx.Err() != nil:
			return fmt.Errorf("%q did not end in time", command)
		case err != nil && text != "":
			return fmt.Errorf("%q: %w: %s", command, err, text)
		case err != nil:
			return fmt.Errorf("%q: %w", command, err)
		}
		return nil
	}
}
