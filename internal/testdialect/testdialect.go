// Package testdialect has a dialect for tests.
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
