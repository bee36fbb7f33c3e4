package reference

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/wscheck/wscheck/internal/problem"
	"github.com/wscheck/wscheck/wsproto"
)

// overlook returns the problems of a request that the endpoint refuses it for.
// It lets pass what RFC 2616, to which RFC 6455 refers, has a recipient take,
// and what its fault makes it take.
func (e *endpoint) overlook(req *wsproto.Request, problems []wsproto.Problem) []wsproto.Problem {
	return slices.DeleteFunc(problems, func(p wsproto.Problem) bool {
		return isTolerable(p.Kind) || e.fault != noFault && e.overlooksInRequest(req, p.Kind)
	})
}

// overlookResponse is overlook for a response.
func (e *endpoint) overlookResponse(req *wsproto.Request, resp *wsproto.Response, problems []wsproto.Problem) []wsproto.Problem {
	return slices.DeleteFunc(problems, func(p wsproto.Problem) bool {
		return isTolerable(p.Kind) || e.fault != noFault && e.overlooksInResponse(req, resp, p.Kind)
	})
}

// isTolerable reports whether a recipient may take a message in spite of the
// problem: empty lines before it, lines that end with LF, fields over several
// lines (RFC 2616 4.1, 4.2, 19.3), an empty list of extensions (RFC 6455 4.2.2).
func isTolerable(k wsproto.ProblemKind) bool {
	switch k {
	case problem.StartLine, problem.LineEnding, problem.FieldFolded, problem.ExtensionEmpty:
		return true
	}
	return false
}

// overlooksInRequest reports whether the endpoint's fault is to take requests
// with the problem.
func (e *endpoint) overlooksInRequest(req *wsproto.Request, k wsproto.ProblemKind) bool {
	switch k {
	case problem.MethodNotGET:
		return e.is(acceptMethod) || e.is(acceptMethodCase) && strings.EqualFold(req.Method, "GET")
	case problem.UpgradeToken:
		value, _ := req.Get("Upgrade")
		return e.is(acceptOtherUpgrade) || e.is(acceptUpgradePrefix) && strings.HasPrefix(value, "websocket")
	case problem.ConnectionToken:
		value, _ := req.Get("Connection")
		return e.is(acceptOtherConnection) ||
			e.is(acceptConnectionPart) && strings.Contains(strings.ToLower(value), "upgrade")
	case problem.KeyRepeated:
		return e.is(acceptTwoKeys) || e.is(acceptSecondKey)
	case problem.KeyLength:
		key, _ := req.Get(fieldKey)
		nonce, _ := base64.StdEncoding.DecodeString(key)
		return e.is(acceptShortKey) && len(nonce) < 16 || e.is(acceptLongKey) && len(nonce) > 16
	case problem.VersionUnsupported:
		value, _ := req.Get(fieldVersion)
		version, err := strconv.Atoi(value)
		return e.is(acceptOtherVersion) || err == nil &&
			(e.is(acceptVersion8) && (version == 7 || version == 8) || e.is(acceptVersionAbove) && version > 13)
	}
	return overlookedInRequest[k] == e.fault
}

// overlooksInResponse is overlooksInRequest for a response.
func (e *endpoint) overlooksInResponse(req *wsproto.Request, resp *wsproto.Response, k wsproto.ProblemKind) bool {
	switch k {
	case problem.StatusNot101:
		return e.is(acceptStatus) || e.is(acceptStatus200) && resp.Status == 200
	case problem.AcceptWrong:
		accept, _ := resp.Get(fieldAccept)
		key, _ := req.Get(fieldKey)
		return e.is(acceptWrongAccept) ||
			e.is(acceptAcceptCase) && strings.EqualFold(accept, wsproto.AcceptKey(key))
	}
	return overlookedInResponse[k] == e.fault
}

// The faults that are to take a handshake in spite of a problem, whatever else.
var (
	overlookedInRequest = map[wsproto.ProblemKind]fault{
		problem.HTTPVersion:       acceptHTTPVersion,
		problem.TargetForm:        acceptTarget,
		problem.HostMissing:       acceptNoHost,
		problem.HostRepeated:      acceptTwoHosts,
		problem.HostInvalid:       acceptBadHost,
		problem.UpgradeMissing:    acceptNoUpgrade,
		problem.ConnectionMissing: acceptNoConnection,
		problem.KeyMissing:        acceptNoKey,
		problem.KeyEncoding:       acceptBadKey,
		problem.VersionMissing:    acceptNoVersion,
		problem.VersionRepeated:   acceptTwoVersions,
		problem.FieldName:         acceptFieldName,
		problem.FieldValue:        acceptFieldValue,
		problem.ExtensionSyntax:   acceptExtensionSyntax,
		problem.ProtocolSyntax:    acceptProtocolSyntax,
		problem.ProtocolDuplicate: acceptProtocolTwice,
	}
	overlookedInResponse = map[wsproto.ProblemKind]fault{
		problem.UpgradeMissing:      acceptNoUpgrade,
		problem.UpgradeToken:        acceptOtherUpgrade,
		problem.ConnectionMissing:   acceptNoConnection,
		problem.ConnectionToken:     acceptOtherConnection,
		problem.AcceptMissing:       acceptNoAccept,
		problem.AcceptRepeated:      acceptTwoAccepts,
		problem.ProtocolNotOffered:  acceptUnknownProtocol,
		problem.ProtocolRepeated:    acceptTwoProtocols,
		problem.ExtensionNotOffered: acceptUnknownExtension,
		problem.ExtensionSyntax:     acceptExtensionSyntax,
	}
)
