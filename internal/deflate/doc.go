// Package deflate is permessage-deflate (RFC 7692) for testing implementations
// of it: it agrees on the extension, makes every payload, right or wrong, and
// reports exactly what a payload does. It does no I/O.
//
// Negotiation (RFC 7692 5, 7.1):
//   - [ParseOffer] and [ParseAnswer] read parameters and name each [Problem].
//   - [Params] writes them; what no Params can express is a [wsproto.Extension]
//     made by hand.
//   - [Answer] is what a conforming server does, by a [Policy]; [Accept] is what a
//     conforming client does.
//   - [Params.Server] and [Params.Client] are the [Stream] agreed on for each
//     direction.
//
// Payloads (RFC 7692 7.2.1, RFC 1951):
//   - [Compressor] compresses messages and keeps to any window of 8 to 15 bits.
//   - [Stock] compresses test data once for the many messages cut from it.
//   - [Emitter] writes DEFLATE element by element, to make what no compressor
//     makes: exact distances, final blocks, cut tails, invalid codes.
//   - [EmptyMessages] are the encodings of the empty message.
//
// Judging payloads (RFC 7692 7.2.2):
//   - [Inflater] inflates messages in pieces of any size and within a limit, and
//     makes a [Report] on each: the longest distance, what reaches past the window
//     or into a context that was dropped, the kinds of blocks, final blocks and
//     what follows them, how the payload ended.
//   - [Fault] is why it could not continue, and [Error] where.
package deflate
