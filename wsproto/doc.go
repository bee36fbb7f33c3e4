// Package wsproto reads and writes the WebSocket protocol (RFC 6455) for tests of
// its implementations. It does no I/O and has no clock. It writes and reads any
// octets, however illegal. Only the Check functions judge, and only what the RFC
// leaves no choice about. Values must not be used by several goroutines at once,
// unless none of them changes the value.
//
// Frames:
//   - [Frame] and [Header] write any frame: [NewFrame], [Frame.AppendTo].
//   - [Parser] takes a stream of frames apart as it arrives; [Collector] and
//     [ParseFrames] put whole frames together.
//   - [Mask] and [MaskCopy] mask and unmask.
//   - [Opcode], [LengthForm], [Role] name what is in a header and who sent it.
//
// Payloads:
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
