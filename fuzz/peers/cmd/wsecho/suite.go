package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/gorilla/websocket"

	"github.com/wscheck/wscheck/fuzz/peers"
	"github.com/wscheck/wscheck/internal/workers"
)

// suite runs all cases of the fuzzing server at base, jobs at a time, and asks for the report. How a case ends is the
// server's to judge: the library's errors are printed and decide nothing.
func suite(ctx context.Context, lib peers.Library, base, agent string, jobs int, stderr io.Writer) error {
	base = strings.TrimSuffix(base, "/")
	query := "agent=" + url.QueryEscape(agent)
	answer, err := ask(ctx, base+"/getCaseCount")
	if err != nil {
		return err
	}
	count, err := strconv.Atoi(answer)
	if err != nil {
		return fmt.Errorf("/getCaseCount: %w", err)
	}
	var printing sync.Mutex
	workers.Each(ctx, count, jobs, func(i int) {
		target := fmt.Sprintf("%s/runCase?case=%d&%s", base, i+1, query)
		if err := connect(ctx, lib, target); err != nil {
			printing.Lock()
			defer printing.Unlock()
			fmt.Fprintf(stderr, "case %d: %v\n", i+1, err)
		}
	})
	_, err = ask(ctx, base+"/updateReports?"+query)
	return err
}

// ask returns the message with which the fuzzing server answers, "" if it only closes.
func ask(ctx context.Context, target string) (string, error) {
	conn, _, err := websocket.DefaultDialer.DialContext(ctx, target, nil)
	if err != nil {
		return "", fmt.Errorf("%s: %w", target, err)
	}
	defer conn.Close()
	_, message, err := conn.ReadMessage()
	if closed := new(websocket.CloseError); errors.As(err, &closed) {
		return "", nil
	}
	return string(message), err
}
