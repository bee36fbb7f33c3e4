// Package access says which requests a server for developers answers, so that
// pages of other sites can neither use it nor read what it serves.
//
// A browser sends a request to wherever any page says, this machine included. It
// adds an Origin to each opening handshake of WebSocket, and to each request
// whose answer a page may read. [Rules] want that to be an origin of the server
// itself. For what has no Origin there is the Host: a page that has its own name
// lead to this machine's address (DNS rebinding) still sends that name.
//
// Programs that are not browsers need not follow these rules: an opening handshake without
// an Origin is answered with any Host.
package access
