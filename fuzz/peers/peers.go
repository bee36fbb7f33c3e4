// Package peers gives released WebSocket libraries one shape, so that each can be tested like any other peer:
// an echo server that serves a [net.Conn], and an echo client that is given a dialer.
//
// Each adapter is the shortest echo that the library's own documentation or conformance test would recognise. What
// the library leaves to its user (checking UTF-8, sending the close frame of a failed connection) the adapter does
// where the library's example does it, and nothing is mended that the library gets wrong.
//
//   - [All] and [Find] name the libraries, each without and, where it has it, with permessage-deflate (RFC 7692).
//   - [Serve] runs one on a listener; the command wsecho does the same for other programs.
//
// The folder other has echoes of the same kind in other languages, each in a folder with a .peer file.
package peers

import (
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"github.com/wscheck/wscheck/internal/engine"
)

// maxMessage is the longest message in octets that an adapter takes where the library can limit it: four times the
// longest of the conformance suites, and still little enough that a declared length alone exhausts nothing.
const maxMessage = 64 << 20

// Library is one WebSocket implementation in one configuration. The values of [All] may be used by any number of
// goroutines at once.
type Library struct {
	Name        string // "gorilla", or "gorilla+deflate" with compression; see [All]
	Module      string // module path
	Version     string // as built into the running program, such as "v1.5.3"; "" if that is unknown
	Compression bool   // permessage-deflate is accepted as a server and offered as a client

	// Server makes the opening handshake on conn and sends each message back until the connection ends, then closes
	// conn and returns; no goroutine of it stays. It never gives up on its own: to end it, close the
	// other side of conn. Where the library panics, Server panics, whichever goroutine it was.
	Server func(conn net.Conn)

	// Client connects with dial to url (ws only), sends each message back until
	// the connection ends, then closes it and returns; no goroutine of it stays. It returns nil after a close frame
	// from the server, the cause of ctx's end where ctx ended it, and else the library's own error. It is nil where
	// the library has no client.
	Client engine.Client

	handler http.Handler // what Server serves, for a library that lives on net/http
}

// All returns the libraries in alphabetical order of their modules, each first without compression.
// golang.org/x/net/websocket has none.
func All() []Library {
	return []Library{
		coderLibrary(false), coderLibrary(true),
		gobwasLibrary(false), gobwasLibrary(true),
		gorillaLibrary(false), gorillaLibrary(true),
		gwsLibrary(false), gwsLibrary(true),
		xnetLibrary(),
	}
}

// Find returns the library of that name. The error names those there are.
func Find(name string) (Library, error) {
	all := All()
	i := slices.IndexFunc(all, func(lib Library) bool { return lib.Name == name })
	if i >= 0 {
		return all[i], nil
	}
	names := make([]string, len(all))
	for i, lib := range all {
		names[i] = lib.Name
	}
	return Library{}, fmt.Errorf("unknown library %q: there are %s", name, strings.Join(names, ", "))
}

// describe returns a Library without its functions.
func describe(name, module string, deflate bool) Library {
	if deflate {
		name += "+deflate"
	}
	return Library{Name: name, Module: module, Version: versions()[module], Compression: deflate}
}

// versions maps the module paths of the running program to their versions. A test binary knows none.
var versions = sync.OnceValue(func() map[string]string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	return versionsOf(info)
})

// versionsOf maps the module paths of a program's dependencies to the versions that were built in.
func versionsOf(info *debug.BuildInfo) map[string]string {
	found := map[string]string{}
	for _, dep := range info.Deps {
		built := dep
		if dep.Replace != nil {
			built = dep.Replace
		}
		found[dep.Path] = built.Version
	}
	return found
}
