// Package testdialect has dialects for tests.
package testdialect

// Asks is the text of a dialect in which a message that begins with "ask " comes back as
// it is. An echo speaks it.
const Asks = `wscheck dialect 1
dialect "asks"
as client
ask TEXT "ask " counter " " octets
answer TEXT "ask " counter " " octets
ask BINARY "ask " counter " " octets
answer BINARY "ask " counter " " octets
as server
ask TEXT "ask " counter " " octets
answer TEXT "ask " counter " " octets
ask BINARY "ask " counter " " octets
answer BINARY "ask " counter " " octets
`

// Chat is the text of a dialect that has one of each kind of line.
const Chat = `wscheck dialect 1
dialect "chat" # of these tests
about "asks, and is answered"
as client
handshake target "/chat"
handshake field "Origin: http://localhost"
handshake subprotocol "chat.v1"
hear "hello " any
say TEXT "I am here"
ask TEXT "{\"id\":" counter ",\"pad\":\"" text "\"}"
answer TEXT "{\"id\":" counter ",\"result\":" any "}"
filler BINARY <30> varint+2 "to" octets
filler TEXT "size " size+7 ":" letters ":"
wrong "{\"id\":" counter ",\"error\":" any
close 1008
close 4000 to 4099
as server
stream
ask BINARY nonce "?"
answer nonce "!"
`
