// Package link is where octets go: a [Link] is one connection as our side of a
// conversation sees it, over a [Socket], in memory ([MemLink], with a peer that has a
// [MemConn] in the same bubble of [testing/synctest]), or on a [Stream] that another
// connection carries. [Dial] and [Rewind] make the connections.
package link
