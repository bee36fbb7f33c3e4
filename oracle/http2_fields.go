package oracle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/wsproto"
)

// fieldFault is what is wrong with a header list: the rule of who sends it, that of
// who gets it, and what.
type fieldFault struct {
	sender, receiver rule
	what             string
}

// requestPseudo are the pseudo-header fields of an extended CONNECT (RFC 8441 4).
var requestPseudo = []string{":method", ":scheme", ":authority", ":path", ":protocol"}

// connectionFields must not be in a header list (RFC 9113 8.2.2).
var connectionFields = []string{"connection", "upgrade", "keep-alive", "proxy-connection", "transfer-encoding"}

// listFaults returns what is wrong with any header list whose pseudo-header fields
// can be those.
func listFaults(list wsproto.Fields, pseudo []string) (faults []fieldFault) {
	seen, late := map[string]bool{}, false
	for _, f := range list {
		if strings.HasPrefix(f.Name, ":") {
			switch {
			case late:
				faults = append(faults, fieldFault{rulePseudo, rulePseudoFail, f.Name + " after a field that is not a pseudo-header field"})
			case seen[f.Name]:
				faults = append(faults, fieldFault{rulePseudo, rulePseudoFail, f.Name + " twice"})
			case !slices.Contains(pseudo, f.Name):
				faults = append(faults, fieldFault{rulePseudo, rulePseudoFail, f.Name + ", which is not one of these"})
			}
			seen[f.Name] = true
			continue
		}
		late = true
		switch name := strings.ToLower(f.Name); {
		case name != f.Name:
			faults = append(faults, fieldFault{ruleFields, ruleUpperFail, fmt.Sprintf("the field %q", f.Name)})
		case slices.Contains(connectionFields, name) || name == "te" && f.Value != "trailers":
			faults = append(faults, fieldFault{ruleFields, ruleConnectionFail, fmt.Sprintf("the field %q", f.Name)})
		}
	}
	return faults
}

// requestFaults returns what is wrong with the header list of an extended CONNECT.
func requestFaults(list wsproto.Fields) []fieldFault {
	faults := listFaults(list, requestPseudo)
	method, methods := list.Get(":method")
	protocol, protocols := list.Get(":protocol")
	switch {
	case methods == 0 || protocols > 0 && method != "CONNECT":
		faults = append(faults, fieldFault{rulePseudo, rulePseudoFail, ":protocol without the method CONNECT"})
	case protocols == 0:
		return faults // CONNECT to a proxy, or another request: it opens no WebSocket
	}
	for _, name := range []string{":scheme", ":path"} {
		if value, n := list.Get(name); n == 0 || value == "" {
			faults = append(faults, fieldFault{ruleSchemePath, ruleSchemePathFail, "no " + name})
		}
	}
	if protocols == 1 && !strings.EqualFold(protocol, wsproto.WebSocketProtocol) {
		faults = append(faults, fieldFault{ruleProtocol, ruleProtocolFail, fmt.Sprintf(":protocol %q", protocol)})
	}
	for _, f := range list {
		switch f.Name {
		case "connection", "upgrade":
			faults = append(faults, fieldFault{ruleNoUpgrade, ruleConnectionFail, fmt.Sprintf("the field %q", f.Name)})
		case "sec-websocket-key":
			faults = append(faults, fieldFault{ruleNoKey, noRule, fmt.Sprintf("the field %q", f.Name)})
		}
	}
	return faults
}

// responseFaults returns what is wrong with the header list of a response.
func responseFaults(list wsproto.Fields) []fieldFault {
	faults := listFaults(list, []string{":status"})
	switch status, n := list.Get(":status"); {
	case n == 0:
		faults = append(faults, fieldFault{rulePseudo, noRule, "no :status"})
	case status == "101":
		faults = append(faults, fieldFault{ruleStatus2xx, noRule, ":status 101"})
	}
	if _, n := list.Get("sec-websocket-accept"); n > 0 {
		faults = append(faults, fieldFault{ruleNoKey, noRule, "the field \"sec-websocket-accept\""})
	}
	return faults
}

// judgeFields judges a header list of the peer's, in the text form of the tag of a
// frame.
func (j *Judge) judgeFields(faults func(wsproto.Fields) []fieldFault, tag string) {
	j.exercise(ruleFields, rulePseudo, ruleNoKey)
	if j.role == wsproto.Client {
		j.exercise(ruleStatus2xx)
	} else {
		j.exercise(ruleSchemePath, ruleProtocol, ruleNoUpgrade)
	}
	for _, f := range faults(wsproto.ParseFieldLines(tag)) {
		j.report(f.sender, j.theirs.offset, f.sender.want(), f.what)
	}
}

// refusals returns the rules by which a server has to refuse our request over
// HTTP/2.
func refusals(r *wsproto.Request) (rules []rule) {
	list := r.Fields
	if r.Method+" "+r.Proto != wsproto.VerbatimHead {
		list = slices.Concat(wsproto.Fields{{Name: ":method", Value: r.Method}, {Name: ":path", Value: r.Target}}, list)
	}
	for _, f := range requestFaults(list) {
		if f.receiver != noRule {
			rules = append(rules, f.receiver)
		}
	}
	return rules
}
