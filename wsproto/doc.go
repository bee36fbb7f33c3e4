// Package wsproto is the wire of the WebSocket protocol (RFC 6455), for testing
// implementations of it. It does no I/O, knows no time and holds no opinion:
// whatever can be said in octets can be written and read, however illegal. Only
// the Check functions judge, and only what the RFC leaves no choice about.
// Nothing here is safe for concurrent use, but for values that nobody changes.
//
// Frames:
//   - [Frame] and [Header] write any frame: [NewFrame], [Frame.AppendTo].
//   - [Parser] takes a stream of frames apart as it arrives; [Collector] and
//     [ParseFrames] put whole frames together.
//   - [Mask] and [MaskCopy] mask and unmask.
//   - [Opcode], [LengthForm], [Role] name what is in a header and who sent it.
//
// Payloads:
//   - [UTF8] checks text as it arrives, and fails at the first bad octet.
//   - [ParseClose], [AppendClose] and [CloseCode] are for close frames.
//
// Opening handshake:
//   - [Request] and [Response] write any handshake: [NewRequest], [NewResponse],
//     [AcceptKey].
//   - [ParseRequest] and [ParseResponse] read it, however wrong.
//   - [CheckRequest] and [CheckResponse] say what is wrong: [Problem].
//   - [Fields] looks header fields up; [ParseExtensions] reads the list of
//     extensions.
package wsproto
