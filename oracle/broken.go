package oracle

import "strings"

// Broken returns what an endpoint does that breaks the clause, in a few words
// without a full stop: "a fragmented control frame is accepted", "masks a frame".
func (c *Clause) Broken() string {
	if words, ok := brokenWords[c.ID]; ok {
		return words
	}
	text := strings.TrimSuffix(c.Text, ".")
	verb, rest, _ := strings.Cut(text, " ")
	if c.Level == MustNot || c.Level == ShouldNot {
		return lowerFirst(text)
	}
	for _, refusal := range refusing {
		if what, ok := strings.CutPrefix(text, refusal); ok {
			if strings.Contains(what, ", ") {
				what += ","
			}
			return what + " is accepted"
		}
	}
	if what, ok := strings.CutPrefix(text, "Fails the connection where "); ok {
		return "goes on where " + what
	}
	if what, ok := strings.CutPrefix(rest, "no "); ok {
		return lowerFirst(verb) + " " + article(what) + " " + what
	}
	rest, _, _ = strings.Cut(rest, ": ")
	rest, _, _ = strings.Cut(rest, ", unless ")
	for _, is := range []string{" that is ", " that are "} {
		if before, after, ok := strings.Cut(rest, is); ok && verb == "Sends" {
			return "sends " + before + is + "not " + after
		}
	}
	return "does not " + infinitive(verb) + " " + rest
}

// refusing begins the text of a clause on what must not be accepted.
var refusing = []string{
	"Fails the connection at once on ", "Fails the connection on ", "Ends the connection on ",
	"Closes the connection on ", "Refuses ", "Declines ",
}

// brokenWords are for the clauses whose text does not give them by the rules.
var brokenWords = map[ClauseID]string{
	"rfc6455/4.1/host":              "does not send one Host field with host and port",
	"rfc6455/4.1/subprotocols":      "offers a subprotocol that is no token, empty, or there twice",
	"rfc6455/4.1/await-response":    "sends frames before the server has answered",
	"rfc6455/4.1/validate-response": "opens the connection on another status than 101",
	"rfc6455/4.2.2/response-http":   "accepts with a response that is not valid HTTP",
	"rfc6455/5.2/rsv":               "sends a reserved bit that no extension in use defines",
	"rfc6455/5.2/length-minimal":    "writes a payload length in more octets than it takes",
	"rfc6455/5.5/control-length":    "sends a control frame of more than 125 octets",
	"rfc6455/5.5.1/close-body":      "sends a close frame with a body of one octet",
	"rfc6455/5.5.1/close-prompt":    "answers a close frame late",
	"rfc6455/5.5.1/reason-utf8":     "sends a close reason that is not UTF-8",
	"rfc6455/5.5.2/pong-prompt":     "answers a ping late",
	"rfc6455/5.6/text-utf8":         "sends text that is not UTF-8",
	"rfc6455/6.1/framed":            "sends HTTP in the place of frames",
	"rfc6455/7.4.2/code-defined":    "sends a close code that is not defined",
	"rfc6455/8.1/utf8-fail":         "text that is not UTF-8 is accepted",
	"rfc7692/7.1.2.2/window-kept":   "answers client_max_window_bits with a larger value",
	"wscheck/echo-content":          "sends a message back with other octets",
	"wscheck/echo-missing":          "does not send a message back",
	"wscheck/echo-order":            "sends messages back in another order",
	"wscheck/echo-type":             "sends text back as binary, or binary as text",
	"wscheck/stay":                  "ends the connection while nothing is wrong",
}

// infinitive returns the verb of "closes": "close".
func infinitive(verb string) string {
	verb = lowerFirst(verb)
	for _, end := range []string{"sses", "shes", "ches", "xes", "oes"} {
		if strings.HasSuffix(verb, end) {
			return verb[:len(verb)-2]
		}
	}
	if stem, ok := strings.CutSuffix(verb, "ies"); ok {
		return stem + "y"
	}
	return strings.TrimSuffix(verb, "s")
}

func article(noun string) string {
	if strings.ContainsAny(noun[:1], "aeiou") {
		return "an"
	}
	return "a"
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }
