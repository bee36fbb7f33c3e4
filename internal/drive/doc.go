// Package drive tests client libraries that have no driver for the suite: it
// starts a command once per case, with the URL to connect to, and judges what
// the client does. [Run] is all of it.
//
// Each start has a listener of its own, so that no case hears of another: the
// first connection over which something comes is the conversation. A command
// that ends without connecting, or does not connect in time, fails its case with
// a reason. What a command started is ended with it, the whole process group.
//
// With [Config.Once] the command is started once for all cases, and reads their URLs
// one by one; or it finds them as the driver of a fuzzing server does: see package
// fuzzingserver.
package drive
