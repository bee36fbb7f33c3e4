// Command go-melody is an echo server made with melody.
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/olahol/melody"
)

func main() {
	m := melody.New()
	m.Upgrader.EnableCompression = true
	m.Config.MaxMessageSize = 64 << 20
	m.Config.MessageBufferSize = 1 << 16 // melody drops messages that do not fit
	m.HandleMessage(func(s *melody.Session, data []byte) { _ = s.Write(data) })
	m.HandleMessageBinary(func(s *melody.Session, data []byte) { _ = s.WriteBinary(data) })
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { _ = m.HandleRequest(w, r) })
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
