package catalogue

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/oracle"
)

// keysAndVersions are about Sec-WebSocket-Key, the answer to it, and
// Sec-WebSocket-Version.
func keysAndVersions() []row {
	return slices.Concat(goodKeys(), badKeys(), badVersions(), repeatedFields())
}

// encoded is n octets in base64.
func encoded(n int, octet byte) string {
	return base64.StdEncoding.EncodeToString(slices.Repeat([]byte{octet}, n))
}

// goodKeys are of 16 octets; what they answer with shows whether the server
// took them as they are.
func goodKeys() []row {
	var rows []row
	for _, k := range []struct{ name, key, what string }{
		{"rfc-example", "dGhlIHNhbXBsZSBub25jZQ==", "of the example in RFC 6455 1.3"},
		{"zeros", encoded(16, 0), "of 16 octets of zero"},
		{"ones", encoded(16, 0xff), "of 16 octets FF"},
		{"plus-signs", encoded(16, 0xfb), "of 16 octets FB, with the plus sign of base64"},
		{"text", base64.StdEncoding.EncodeToString([]byte("\r\n\r\nGET / HTTP/1")), "of 16 octets that would be HTTP, were they decoded"},
	} {
		rows = append(rows, goodRequest("4.2.2/accept-"+k.name, "A request with the key "+k.what+": "+k.key+".",
			oracle.Handshake{Key: k.key}))
	}
	return rows
}

func badKeys() []row {
	const valid = "rfc6455/4.2.1/key-valid"
	rows := []row{
		badRequest("4.2.1/key-empty", "A request with an empty Sec-WebSocket-Key.", "rfc6455/4.2.1/key",
			instead("Sec-WebSocket-Key", "Sec-WebSocket-Key:")),
	}
	for _, n := range []int{1, 8, 12, 15, 17, 20, 32, 64, 1000} {
		rows = append(rows, badRequest(fmt.Sprintf("4.2.1/key-%d-octets", n),
			"A request whose key is "+count(n, "octet")+" in base64 instead of 16.", valid, oracle.Handshake{Key: encoded(n, 'k')}))
	}
	for _, k := range []struct{ name, key, what string }{
		{"not-base64", "0123456789abcdef!!!!!!==", "has characters that base64 does not have"},
		{"16-letters", "sixteen.letters.", "is 16 characters and not their base64"},
		{"url-alphabet", "-_-_-_-_-_-_-_-_-_-_-g==", "is in the alphabet of base64url"},
		{"unpadded", "dGhlIHNhbXBsZSBub25jZQ", "is base64 without its padding"},
		{"half-padded", "dGhlIHNhbXBsZSBub25jZQ=", "is base64 with one of the two padding characters"},
		{"overpadded", "dGhlIHNhbXBsZSBub25jZQ===", "is base64 with a padding character too many"},
		{"pad-bits", "dGhlIHNhbXBsZSBub25jZR==", "has pad bits that are not 0"},
		{"space", "dGhlIHNhbXBs ZSBub25jZQ==", "has a space in its middle"},
		{"quoted", `"dGhlIHNhbXBsZSBub25jZQ=="`, "is in quotes"},
		{"list", "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==", "is a list of two"},
		{"hex", strings.Repeat("6b", 16), "is 16 octets in hexadecimal"},
		{"not-ascii", "\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9", "is 16 octets as they are, above 7F"},
		{"control", "dGhlIHNhbXBs\x00ZSBub25jZQ==", "has an octet of zero in it"},
	} {
		clause := oracle.ClauseID(valid)
		r := badRequest("4.2.1/key-"+k.name, "A request whose key "+k.what+": "+octetsAs(k.key)+".", clause, oracle.Handshake{Key: k.key})
		if k.name == "control" {
			r.clauses = with(r.clauses, "rfc6455/4.2.1/syntax")
		}
		rows = append(rows, r)
	}
	return rows
}

// badVersions name versions that the server does not have, or none at all.
func badVersions() []row {
	var rows []row
	for _, v := range []int{0, 1, 4, 6, 7, 8} {
		r := badRequest(fmt.Sprintf("4.4/version-%d", v),
			fmt.Sprintf("A request with Sec-WebSocket-Version: %d, a draft of the protocol.", v),
			"rfc6455/4.2.1/version-draft", oracle.Handshake{Version: fmt.Sprint(v)})
		r.wants = "A server that has the final version alone refuses, with 426 or 400, and says by Sec-WebSocket-Version: 13 " +
			"what it has. One that knows the draft may accept."
		rows = append(rows, advertised(r))
	}
	for _, v := range []int{9, 10, 11, 12, 14, 21, 100, 113, 130, 131, 255} {
		r := badRequest(fmt.Sprintf("4.4/version-%d", v),
			fmt.Sprintf("A request with Sec-WebSocket-Version: %d, which no server has.", v),
			"rfc6455/4.2.1/version", oracle.Handshake{Version: fmt.Sprint(v)})
		r.wants = "The server refuses, with 426 or 400, and says by Sec-WebSocket-Version: 13 what it has."
		rows = append(rows, advertised(r))
	}
	for _, v := range []struct{ name, value, what string }{
		{"empty", " ", "nothing"},
		{"zero-padded", "013", "13 with a zero before it"},
		{"signed", "+13", "13 with a sign before it"},
		{"negative", "-13", "a number below zero"},
		{"decimal", "13.0", "13 with a decimal place"},
		{"hexadecimal", "0x0d", "13 in hexadecimal"},
		{"word", "thirteen", "a word"},
		{"quoted", `"13"`, "13 in quotes"},
		{"list-first", "13, 8", "a list, 13 first"},
		{"list-last", "8, 13", "a list, 13 last"},
		{"256", "256", "a number above the 255 of the grammar"},
		{"wrapped", "269", "the number 269, which is 13 in eight bits"},
		{"huge", "99999999999999999999", "a number beyond 64 bits"},
		{"wrapped-64-bit", "18446744073709551629", "the number 2^64 + 13"},
	} {
		rows = append(rows, badRequest("4.2.1/version-"+v.name, "A request whose Sec-WebSocket-Version has "+v.what+".",
			"rfc6455/4.2.1/version", instead("Sec-WebSocket-Version", "Sec-WebSocket-Version: "+v.value)))
	}
	return rows
}

// advertised adds the clause about the versions that a refusal names.
func advertised(r row) row {
	r.clauses = with(r.clauses, "rfc6455/4.2.2/version-advertised")
	r.also = []string{"4.2.2"}
	return r
}

// repeatedFields are standard fields that come more than once, where that has a
// meaning of its own.
func repeatedFields() []row {
	const valid, syntax = "rfc6455/4.2.1/key-valid", "rfc6455/4.2.1/syntax"
	also := func(r row, sections ...string) row {
		r.also = sections
		return r
	}
	return []row{
		also(badRequest("11.3.1/key-twice", "A request with two equal Sec-WebSocket-Key fields.", valid,
			plus("Sec-WebSocket-Key: ${key}")), "4.2.1"),
		also(badRequest("11.3.1/key-two", "A request with two Sec-WebSocket-Key fields, the second of another key.", valid,
			plus("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")), "4.2.1"),
		also(badRequest("11.3.1/key-second-bad", "A request with two Sec-WebSocket-Key fields, and the second is not a key.", valid,
			plus("sec-websocket-key: x")), "4.2.1"),
		also(badRequest("11.3.5/version-twice", "A request with two Sec-WebSocket-Version fields, both 13.", syntax,
			plus("Sec-WebSocket-Version: 13")), "4.2.1"),
		also(badRequest("11.3.5/version-13-and-8", "A request with two Sec-WebSocket-Version fields, first 13 and then 8.", syntax,
			plus("Sec-WebSocket-Version: 8")), "4.2.1"),
		also(badRequest("11.3.5/version-8-and-13", "A request with two Sec-WebSocket-Version fields, first 8 and then 13.",
			syntax, instead("Sec-WebSocket-Version", "Sec-WebSocket-Version: 8", "Sec-WebSocket-Version: 13")), "4.2.1"),
		also(badRequest("4.2.1/origin-twice", "A request with two Origin fields.", syntax,
			plus("Origin: http://wscheck.example", "Origin: http://other.example")), "RFC 6454 7.3"),
	}
}
