// Package process starts a peer by a command, and again when it dies: it waits for the
// peer's port, names who listens on it, reports how the peer died and what memory and
// processors' time it took.
package process
