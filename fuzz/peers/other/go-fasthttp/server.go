// Command go-fasthttp is an echo server made with fasthttp's websocket.
package main

import (
	"log"
	"os"

	"github.com/fasthttp/websocket"
	"github.com/valyala/fasthttp"
)

func main() {
	upgrader := websocket.FastHTTPUpgrader{EnableCompression: true}
	server := &fasthttp.Server{Logger: silent{}, Handler: func(ctx *fasthttp.RequestCtx) {
		_ = upgrader.Upgrade(ctx, echo) // it answers what it refuses
	}}
	log.Fatal(server.ListenAndServe("127.0.0.1:" + os.Getenv("PORT")))
}

func echo(c *websocket.Conn) {
	defer c.Close()
	for {
		kind, data, err := c.ReadMessage()
		if err != nil {
			return
		}
		if c.WriteMessage(kind, data) != nil {
			return
		}
	}
}

type silent struct{}

func (silent) Printf(string, ...any) {}
