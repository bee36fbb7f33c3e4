// Package fuzz holds the native fuzz targets over this module's own code, with
// what they compare it to. Nothing outside of its folder imports it.
//
//	go test ./fuzz                                   # the seeds, as tests
//	go test ./fuzz -run '^$' -fuzz '^FuzzFrames$'    # one target, for as long as you like
//
// Each target is a function FuzzX(f *testing.F) in a file of its own, takes
// octets and nothing else, and calls one check, a function of the octets:
//
//   - FuzzFrames has wsproto.Parser, in any chops, agree with a decoder that reads
//     RFC 6455 5.2 bit by bit;
//   - FuzzUTF8 and FuzzMask hold wsproto's fast paths against the plain ways;
//   - FuzzRequest and FuzzResponse are about opening handshakes, and net/http;
//   - FuzzInflate and FuzzCompress are about DEFLATE, and compress/flate;
//   - FuzzScriptText, FuzzTraceText, FuzzCorpusEntry and FuzzProgram are about the
//     forms in which scripts are written;
//   - FuzzJudge has the oracle come to the same verdict for any pieces.
//
// [Targets] and [Seeds] are for the folder oss-fuzz, which has what OSS-Fuzz and
// ClusterFuzzLite need. The targets over real libraries are in fuzz/peers, a
// module of its own, and the folder planted shows what these find.
package fuzz
