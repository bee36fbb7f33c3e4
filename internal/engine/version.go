package engine

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/wsproto"
)

// http2Greeting is what a client of HTTP/2 begins with, without TLS: the connection
// preface and SETTINGS (RFC 9113 3.4).
const http2Greeting = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"

// notRequest is what every server of HTTP/1.1 refuses by itself, whatever its
// application waits for.
const notRequest = "wscheck\r\n\r\n"

// versionWait is how long a server may be silent, on a machine with nothing else to do,
// before it is asked whether it speaks the other version of HTTP.
const versionWait = 500 * time.Millisecond

// probeFirst has the first conversation with a server, once more where that shows that it
// cannot be tested. One that is silent because it speaks the other version of HTTP alone
// ends it before the patience does.
func (s *liveRun) probeFirst(ctx context.Context, patience time.Duration) error {
	begun := time.Now()
	silent, err := s.probeVersions(ctx, patience)
	if refused := new(untestable); !silent && errors.As(err, &refused) && ctx.Err() == nil && time.Since(begun) < patience {
		err = s.probeBy(ctx, &plainProbe, patience) // once may be an accident
	}
	return err
}

// probeVersions has the first conversation once. silent reports whether its end is that
// of a server that speaks the other version of HTTP alone.
func (s *liveRun) probeVersions(ctx context.Context, patience time.Duration) (silent bool, err error) {
	if s.reach != dialled || s.endpoint.tls != nil {
		return false, s.probeBy(ctx, &plainProbe, patience) // TLS has agreed on the version
	}
	probing, end := context.WithCancelCause(ctx)
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		if why := s.otherVersion(probing); why != "" {
			end(&untestable{why})
		}
	}()
	err = s.probeBy(probing, &plainProbe, patience)
	end(nil)
	<-asked
	if why, other := context.Cause(probing).(*untestable); other {
		return true, why
	}
	return false, err
}

// otherVersion returns why a server cannot be tested that answers in the other version
// of HTTP, and is silent in the one that it is tested over: there what it is sent asks
// for an answer of the server itself, which does not wait for its application. It is ""
// for any other server.
func (s *liveRun) otherVersion(ctx context.Context) string {
	select {
	case <-time.After(versionWait):
	case <-ctx.Done():
		return ""
	}
	own, other := notRequest, http2Greeting
	speaks, why := speaksHTTP2, "it is silent over HTTP/1.1, and speaks HTTP/2: test it with --http2"
	if s.endpoint.carrier != nil {
		request := wsproto.NewRequest(s.endpoint.authority, s.endpoint.target, "d3NjaGVjaydzIGdyZWV0aW4=")
		own, other = http2Greeting, string(request.AppendTo(nil))
		speaks, why = speaksHTTP1, "it is silent over HTTP/2, and speaks HTTP/1.1: test it without --http2"
	}
	asked, wait := time.Now(), process.Stretch(versionWait)
	if !speaks(s.greet(ctx, other, wait)) {
		return ""
	}
	if begin := s.greet(ctx, own, max(wait, 10*time.Since(asked))); begin != nil || ctx.Err() != nil {
		return ""
	}
	return why
}

// greet returns the first octets that a server sends in answer to some of ours: nil
// where it sends none within the time, and an empty slice where it ends the connection.
func (s *liveRun) greet(ctx context.Context, greeting string, wait time.Duration) []byte {
	conn, _, err := s.connect(ctx)
	if err != nil {
		return []byte{}
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(wait))
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	begin := make([]byte, 64)
	if _, err = conn.Write([]byte(greeting)); err == nil {
		var n int
		if n, err = conn.Read(begin); n > 0 {
			return begin[:n]
		}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	return []byte{}
}

// speaksHTTP2 reports whether octets of a server's begin with a SETTINGS frame.
func speaksHTTP2(begin []byte) bool {
	return len(begin) > 5 && string(begin[:2]) == "\x00\x00" && string(begin[3:5]) == "\x04\x00"
}

// speaksHTTP1 reports whether octets of a server's begin with a response of HTTP/1.1.
func speaksHTTP1(begin []byte) bool { return len(begin) > 7 && string(begin[:7]) == "HTTP/1." }
