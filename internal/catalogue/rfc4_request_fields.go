package catalogue

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/oracle"
)

// requestField is a standard field of the request, and what a server does that
// does not find it.
type requestField struct {
	name, value string
	clause      oracle.ClauseID
}

var requestFields = []requestField{
	{"Host", "${authority}", "rfc6455/4.2.1/host"},
	{"Upgrade", "websocket", "rfc6455/4.2.1/upgrade"},
	{"Connection", "Upgrade", "rfc6455/4.2.1/connection"},
	{"Sec-WebSocket-Key", "${key}", "rfc6455/4.2.1/key"},
	{"Sec-WebSocket-Version", "13", "rfc6455/4.2.1/version"},
}

// slug is the field's word in an id.
func (f *requestField) slug() string {
	return strings.ToLower(strings.TrimPrefix(f.name, "Sec-WebSocket-"))
}

// requestFieldForms writes each standard field in every way that HTTP has.
func requestFieldForms() []row {
	const syntax = "rfc6455/4.2.1/syntax"
	var rows []row
	for i := range requestFields {
		f := &requestFields[i]
		id := "4.2.1/" + f.slug()
		rows = append(rows,
			badRequest(id+"-missing", "A request without "+f.name+".", f.clause, instead(f.name)),
			goodRequest(id+"-name-lower-case", "A request with the name of "+f.name+" in small letters.",
				instead(f.name, strings.ToLower(f.name)+": "+f.value)),
			goodRequest(id+"-name-upper-case", "A request with the name of "+f.name+" in capitals.",
				instead(f.name, strings.ToUpper(f.name)+": "+f.value)),
			goodRequest(id+"-no-space", "A request with no space after the colon of "+f.name+".",
				instead(f.name, f.name+":"+f.value)),
			goodRequest(id+"-white-space", "A request with spaces and tabs before and after the value of "+f.name+".",
				instead(f.name, f.name+": \t  "+f.value+"\t \t")),
			badRequest(id+"-folded", "A request in which the value of "+f.name+" stands on a line of its own, after a space, as HTTP once allowed.",
				syntax, instead(f.name, f.name+":\r\n "+f.value)),
		)
	}
	return append(rows, slices.Concat(hosts(), upgrades(), connections())...)
}

func hosts() []row {
	const valid = "rfc6455/4.2.1/host-valid"
	const foreign = "which hosts it answers for is for the server to decide"
	rows := []row{
		badRequest("4.2.1/host-twice", "A request with two equal Host fields.", valid, plus("Host: ${authority}")),
		badRequest("4.2.1/host-two", "A request with two Host fields, the second of another host.", valid, plus("Host: wscheck.example")),
		badRequest("4.2.1/host-missing-absolute",
			"A request without Host, but with the authority in its target, an absolute URI: the field has to be there all the same.",
			"rfc6455/4.2.1/host", oracle.Handshake{NoHost: true, Target: "http://${authority}${target}"}),
		goodRequest("4.2.1/host-capitals", "A request whose Host field has the host in capitals, where it is a name.",
			instead("Host", "Host: ${authority-upper}")),
		goodRequest("4.2.1/host-last", "A request with Host as its last field.", instead("Host", "Host: ${authority}")),
	}
	for _, h := range []struct{ name, value, what string }{
		{"list", "${authority}, ${authority}", "a list of two hosts"},
		{"user", "user@${authority}", "a user name before the host"},
		{"path", "${authority}/path", "a path after the authority"},
		{"space", "wscheck example", "a space within the host"},
		{"bad-port", "wscheck.example:port", "a port that is not a number"},
		{"bad-literal", "[::1", "a bracket that is not closed"},
		{"url", "http://${authority}", "a scheme before the authority"},
		{"not-ascii", "wsch\xc3\xa9ck.example", "octets above 7F"},
		{"empty", " ", "nothing"},
	} {
		rows = append(rows, badRequest("4.2.1/host-"+h.name, "A request whose Host field has "+h.what+".", valid,
			instead("Host", "Host: "+h.value)))
	}
	for _, h := range []struct{ name, value, what string }{
		{"other", "wscheck.example", "of a host that is not the server's"},
		{"upper-case", "WSCHECK.EXAMPLE:80", "in capitals"},
		{"ipv6", "[2001:db8::1]:9001", "with an IPv6 address"},
		{"empty-port", "wscheck.example:", "with a colon and no port, as the grammar of URIs allows"},
	} {
		rows = append(rows, looseRequest("4.2.1/host-"+h.name, "A request with a Host field "+h.what+".", foreign,
			instead("Host", "Host: "+h.value)))
	}
	return rows
}

func upgrades() []row {
	var rows []row
	for _, u := range []struct{ name, lines, what string }{
		{"capitals", "Upgrade: WEBSOCKET", "in capitals"},
		{"capitalized", "Upgrade: WebSocket", "in the spelling of its name"},
		{"mixed-case", "Upgrade: wEbSoCkEt", "in mixed case"},
		{"list-first", "Upgrade: websocket, wscheck", "first in a list"},
		{"list-last", "Upgrade: wscheck/1.0, websocket", "last in a list"},
		{"list-tight", "Upgrade: wscheck,websocket,spam", "within a list that has no spaces"},
		{"list-empty-elements", "Upgrade: , websocket ,,", "in a list with empty elements"},
		{"twice", "Upgrade: websocket\r\nUpgrade: websocket", "in two equal fields"},
		{"second-field", "Upgrade: wscheck\r\nUpgrade: websocket", "in the second of two fields"},
	} {
		rows = append(rows, goodRequest("4.2.1/upgrade-"+u.name, "A request with websocket "+u.what+" of Upgrade.",
			instead("Upgrade", u.lines), "rfc6455/4.2.2/response-upgrade"))
	}
	for _, u := range []struct{ name, value, what string }{
		{"other", "wscheck", "another protocol"},
		{"plural", "websockets", "the keyword with a letter after it"},
		{"prefix", "websocke", "the keyword without its last letter"},
		{"suffix", "xwebsocket", "the keyword with a letter before it"},
		{"two-words", "web socket", "the keyword in two words"},
		{"quoted", `"websocket"`, "the keyword in quotes"},
		{"kelvin", "websoc\xe2\x84\xaaet", "the keyword with the Kelvin sign U+212A for its k: case is that of ASCII alone"},
		{"empty", "", "nothing"},
	} {
		rows = append(rows, badRequest("4.2.1/upgrade-"+u.name, "A request whose Upgrade field has "+u.what+".",
			"rfc6455/4.2.1/upgrade", instead("Upgrade", "Upgrade: "+u.value)))
	}
	return rows
}

func connections() []row {
	var rows []row
	for _, c := range []struct{ name, lines, what string }{
		{"lower-case", "Connection: upgrade", "in small letters"},
		{"capitals", "Connection: UPGRADE", "in capitals"},
		{"list-first", "Connection: Upgrade, keep-alive", "first in a list"},
		{"list-last", "Connection: keep-alive, Upgrade", "last in a list, as some browsers send it"},
		{"list-tight", "Connection: keep-alive,Upgrade", "in a list without spaces"},
		{"list-tabs", "Connection: keep-alive\t,\tUpgrade", "in a list with tabs"},
		{"list-empty-elements", "Connection: ,, Upgrade ,", "in a list with empty elements"},
		{"list-long", "Connection: " + strings.Repeat("x-wscheck, ", 100) + "Upgrade", "after a hundred other tokens"},
		{"twice", "Connection: Upgrade\r\nConnection: Upgrade", "in two equal fields"},
		{"second-field", "Connection: keep-alive\r\nConnection: Upgrade", "in the second of two fields"},
		{"trailing-blank", "Connection: Upgrade ", "with a blank after it in the field"},
		{"first-field", "Connection: Upgrade\r\nConnection: keep-alive", "in the first of two fields"},
	} {
		rows = append(rows, goodRequest("4.2.1/connection-"+c.name, "A request with the token Upgrade "+c.what+" of Connection.",
			instead("Connection", c.lines), "rfc6455/4.2.2/response-connection"))
	}
	for _, c := range []struct{ name, value, what string }{
		{"keep-alive", "keep-alive", "keep-alive alone"},
		{"close", "close", "close alone"},
		{"longer", "Upgraded", "the token with a letter after it"},
		{"within", "keep-alive, not-upgrade", "the word within another token"},
		{"semicolon", "keep-alive; Upgrade", "the word after a semicolon, which separates nothing here"},
		{"empty", "", "nothing"},
	} {
		rows = append(rows, badRequest("4.2.1/connection-"+c.name, "A request whose Connection field has "+c.what+".",
			"rfc6455/4.2.1/connection", instead("Connection", "Connection: "+c.value)))
	}
	return rows
}

// extraFields adds fields that are not the handshake's, well and badly formed.
func extraFields() []row {
	const syntax = "rfc6455/4.2.1/syntax"
	rows := []row{
		goodRequest("4.2.1/fields-of-a-browser", "A request with the fields that browsers send: Origin, User-Agent, Cookie and so on.",
			plus("Pragma: no-cache", "Cache-Control: no-cache", "Accept-Encoding: gzip, deflate, br", "Accept-Language: en,de;q=0.5",
				"User-Agent: Mozilla/5.0 (wscheck)", "Cookie: a=1; b=\"2\"", "DNT: 1")),
		goodRequest("4.2.1/fields-unknown", "A request with unknown fields.", plus("X-Wscheck: 1", "x-wscheck-2:", "!#$%&'*+-.^_`|~: token")),
		goodRequest("4.2.1/field-not-ascii", "A request with octets above 7F in the value of an unknown field.", plus("X-Wscheck: \xe9\xff\x80")),
	}
	for _, f := range []struct{ name, line, what string }{
		{"no-colon", "X-Wscheck", "a line without a colon"},
		{"no-name", ": value", "a colon and no name before it"},
		{"space-before-colon", "X-Wscheck : 1", "a space between the name and the colon of a field"},
		{"space-in-name", "X Wscheck: 1", "a space within the name of a field"},
		{"name-separator", "X(Wscheck): 1", "parentheses in the name of a field"},
		{"name-not-ascii", "X-Wsch\xc3\xa9ck: 1", "octets above 7F in the name of a field"},
		{"name-nul", "X-\x00: 1", "an octet of zero in the name of a field"},
		{"value-nul", "X-Wscheck: a\x00b", "an octet of zero in the value of a field"},
		{"value-bell", "X-Wscheck: a\x07b", "the octet 07 in the value of a field"},
		{"value-escape", "X-Wscheck: a\x1b[31mb", "the octet 1B in the value of a field, which colours what prints it"},
		{"value-delete", "X-Wscheck: a\x7fb", "the octet 7F in the value of a field"},
		{"value-cr", "X-Wscheck: a\rX-Other: b", "a CR without LF in the value of a field"},
		{"value-folded", "X-Wscheck: a\r\n\tb", "the value of a field over two lines"},
	} {
		rows = append(rows, badRequest("4.2.1/field-"+f.name, "A request with "+f.what+": "+octetsAs(f.line)+".", syntax, plus(f.line)))
	}
	for _, n := range []int{1, 4, 8, 16, 32, 48} {
		rows = append(rows, looseRequest(fmt.Sprintf("4.2.1/field-%dkib", n),
			fmt.Sprintf("A request with an unknown field, of %d KiB.", n), "it limits the size of requests",
			plus("X-Wscheck: "+strings.Repeat("x", n<<10))))
	}
	for _, n := range []int{50, 100, 1000} {
		var lines []string
		for i := range n {
			lines = append(lines, fmt.Sprintf("X-Wscheck-%d: %d", i, i))
		}
		rows = append(rows, looseRequest(fmt.Sprintf("4.2.1/fields-%d", n),
			fmt.Sprintf("A request with %d unknown fields.", n), "it limits the number of fields", plus(lines...)))
	}
	return rows
}
