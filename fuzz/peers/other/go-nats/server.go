// Command go-nats is a NATS server that listens for WebSocket alone.
package main

import (
	"log"
	"os"
	"strconv"

	"github.com/nats-io/nats-server/v2/server"
)

func main() {
	port, err := strconv.Atoi(os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true, MaxPayload: 8 << 20, MaxPending: 64 << 20,
		Websocket: server.WebsocketOpts{Host: "127.0.0.1", Port: port, NoTLS: true, Compression: true},
	})
	if err != nil {
		log.Fatal(err)
	}
	s.Start()
	s.WaitForShutdown()
}
