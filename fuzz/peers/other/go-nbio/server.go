// Command go-nbio is an echo server made with nbio.
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/lesismal/nbio/logging"
	"github.com/lesismal/nbio/nbhttp"
	"github.com/lesismal/nbio/nbhttp/websocket"
)

func main() {
	logging.SetLevel(logging.LevelNone)
	upgrader := websocket.NewUpgrader()
	upgrader.EnableCompression(true)
	upgrader.OnMessage(func(c *websocket.Conn, kind websocket.MessageType, data []byte) {
		_ = c.WriteMessage(kind, data) // what is wrong ends the connection
	})
	engine := nbhttp.NewEngine(nbhttp.Config{
		Network: "tcp", Addrs: []string{"127.0.0.1:" + os.Getenv("PORT")},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = upgrader.Upgrade(w, r, nil) // it answers what it refuses
		}),
	})
	if err := engine.Start(); err != nil {
		log.Fatal(err)
	}
	select {}
}
