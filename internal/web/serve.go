package web

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

// The bounds of what a visitor may ask for.
const (
	headerTime  = 10 * time.Second // to send a request
	answerTime  = time.Minute      // to take the answer
	idleTime    = 2 * time.Minute  // between two requests
	goodbyeTime = time.Second      // for answers under way when the server ends
	headerSize  = 32 << 10         // octets of a request's head
)

// Serve serves a handler on ln until ctx ends, and closes ln. It returns nil
// then, and else the error of the listener. For TLS, ln is a TLS listener.
func Serve(ctx context.Context, ln net.Listener, h http.Handler) error {
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       headerTime,
		WriteTimeout:      answerTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    headerSize,
		ErrorLog:          log.New(io.Discard, "", 0), // what visitors do wrong is theirs to know
	}
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		goodbye, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbyeTime)
		defer cancel()
		if server.Shutdown(goodbye) != nil {
			server.Close()
		}
	})
	err := server.Serve(ln)
	if !stop() {
		<-ended
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
