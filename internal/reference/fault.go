package reference

import "github.com/wscheck/wscheck/wsproto"

// fault is what is broken in a mutant. The endpoint asks for it where it decides
// something: see [endpoint.is].
type fault uint16

// The faults, by the section that they are about. Opcodes, the kinds of control
// frame and the like stand in the order of their numbers: see acceptOpcode.
const (
	noFault fault = iota

	// RFC 6455 4.2.
	acceptExtensionSyntax
	omitVersion426
	frameBeforeResponse
	acceptMethod
	acceptMethodCase
	acceptHTTPVersion
	acceptTarget
	acceptNoHost
	acceptTwoHosts
	acceptBadHost
	acceptNoUpgrade
	acceptOtherUpgrade
	acceptUpgradePrefix
	acceptNoConnection
	acceptOtherConnection
	acceptConnectionPart
	acceptNoKey
	acceptTwoKeys
	acceptSecondKey
	acceptBadKey
	acceptShortKey
	acceptLongKey
	acceptNoVersion
	acceptOtherVersion
	acceptVersion8
	acceptVersionAbove
	acceptTwoVersions
	acceptFieldName
	acceptFieldValue
	acceptProtocolSyntax
	acceptProtocolTwice

	// RFC 6455 4.1.
	frameAfterRequest
	acceptStatus
	acceptStatus200
	acceptNoAccept
	acceptWrongAccept
	acceptAcceptCase
	acceptTwoAccepts
	acceptUnknownProtocol
	acceptTwoProtocols
	acceptUnknownExtension

	// RFC 6455 5.2.
	acceptRSV1
	acceptRSV2
	acceptRSV3
	acceptRSVControl
	acceptRSVContinuation
	acceptOpcode3
	acceptOpcode4
	acceptOpcode5
	acceptOpcode6
	acceptOpcode7
	acceptOpcodeB
	acceptOpcodeC
	acceptOpcodeD
	acceptOpcodeE
	acceptOpcodeF
	acceptNonMinimal16
	acceptNonMinimal64
	acceptNonMinimal65535
	acceptTopBit
	lengthLittleEndian
	lengthOneMore126
	lengthOneMore65535

	// RFC 6455 5.1, 5.3.
	acceptUnmasked
	acceptUnmaskedControl
	acceptUnmaskedEmpty
	acceptUnmaskedLater
	acceptMasked
	acceptMaskedControl
	unmaskPhaseAtChop
	unmaskPhaseOverFrames
	unmaskPreviousKey
	unmaskFirstKey
	unmaskWords
	unmaskPingNot
	unmaskBeyond64K

	// RFC 6455 5.4.
	acceptOrphan
	acceptOrphanLater
	acceptOrphanEmpty
	acceptNested
	acceptNestedSame
	acceptNestedFinal
	controlEndsMessage
	controlJoinsMessage

	// RFC 6455 5.5.
	acceptFragmentedClose
	acceptFragmentedPing
	acceptFragmentedPong
	acceptLongClose
	acceptLongPing
	acceptLongPong
	acceptControl126

	// RFC 6455 5.5.1, 7.
	acceptClose1
	skipBadReason
	skipCutReason
	answerBadReason
	answerFragmentedClose
	answerLongClose
	failThenEcho
	leaveTCPOpen
	failTCPOpen
	failSilentOpen
	failThenPong
	acceptCodeBelow1000
	acceptCode1004
	acceptCode1005
	acceptCode1006
	acceptCode1015
	acceptCode1016
	acceptCode2000
	acceptCode5000

	// RFC 6455 8.1.
	acceptBadUTF8
	acceptCutUTF8
	acceptSurrogates
	acceptOverlong
	acceptBeyond
	acceptBadFragments
	forgetAtFragment
	forgetAtPing
	acceptBadLater
	acceptBadLong
	acceptBadLate
	repairText

	// RFC 7692.
	refuseTakeoverAnswer
	acceptAnswerTwice
	acceptRSV1Continuation
	acceptRSV1Control
	acceptBadDeflate
	acceptUnfinished
	acceptOverrun
	acceptTail
	acceptCompressedText
	inflateToFinal
	inflateToFinalLong
	inflateLostAtPing
	contextLost
	deflateUnagreed
	windowTooLarge
	contextKept
	sendRSV1Continuation
	omitRSV1
	sendPlainRSV1
	keepTail
	endWithFinal
	truncateDeflate
	sendBadBlock
	sendBadDistance
	sendBadPadding
	emptyToNothing
	limitWire
	acceptParamUnknown
	acceptParamTwice
	acceptTakeoverValue
	acceptWindow7
	acceptWindow16
	acceptWindowZero
	acceptWindowNone

	// The echo.
	echoLastFragment
	echoFirstFragment
	keepMessageBefore

	// Conduct.
	hangOpening
	hangAfterOpening
	hangOnBinary
	hangAtEnd
	panicOnEmptyClose
	panicOnEmptyText
	exitOnEmptyBinary
	panicOnLength
	endlessEcho
	endlessPings
	bloat
	leaveAfterTwo
	leaveOnPong
	refuseControl125
	refuseLength126
	refuseLength65536
	refuseSplitCodePoint
	refuseNoncharacters
	refuseBinary
	refuseEmptyFragment
	loseFirstFrames
	holdAtBuffer
	holdMidFrame
	refuseSplitHeader
	refuseManyReads
	refuseManyFragments
	ignoreMaskBit
	dropWhenBlocked
	losePongWhenBlocked
	leaveWhenBlocked
	tearWhenBlocked
	interleavePongs
	leaveOnSecondPong
	panicOnSecondPong
	toilFragments
	keepMessages
	mixConnections

	endOfFaults
)

// acceptOpcode returns the fault that takes frames of a reserved opcode.
func acceptOpcode(op wsproto.Opcode) fault {
	if op.IsControl() {
		return acceptOpcodeB + fault(op-0xb)
	}
	return acceptOpcode3 + fault(op-3)
}

// takesFragmented reports whether a control frame is taken without FIN.
func (e *endpoint) takesFragmented(op wsproto.Opcode) bool {
	return e.is(acceptFragmentedClose+fault(op-wsproto.OpClose)) || op == wsproto.OpClose && e.is(answerFragmentedClose)
}

// acceptCode returns the fault that takes a close code.
func acceptCode(c wsproto.CloseCode) fault {
	switch {
	case c < 1000:
		return acceptCodeBelow1000
	case c == wsproto.CloseReserved1004:
		return acceptCode1004
	case c == wsproto.CloseNoStatus:
		return acceptCode1005
	case c == wsproto.CloseAbnormal:
		return acceptCode1006
	case c == wsproto.CloseTLSHandshake:
		return acceptCode1015
	case c < 2000:
		return acceptCode1016
	case c < 3000:
		return acceptCode2000
	}
	return acceptCode5000
}

// takesRSV reports whether a reserved bit is overlooked, f being the fault that
// does so everywhere.
func (e *endpoint) takesRSV(f fault, op wsproto.Opcode) bool {
	return e.is(f) || e.is(acceptRSVControl) && op.IsControl() ||
		e.is(acceptRSVContinuation) && op == wsproto.OpContinuation
}

// takesUnmasked reports whether the mask bit is not missed.
func (e *endpoint) takesUnmasked(op wsproto.Opcode, length byte) bool {
	return e.is(acceptUnmasked) || e.is(acceptUnmaskedControl) && op.IsControl() ||
		e.is(acceptUnmaskedEmpty) && length == 0 || e.is(acceptUnmaskedLater) && e.memory.frames > 0
}

// takesMasked reports whether the mask bit is overlooked.
func (e *endpoint) takesMasked(op wsproto.Opcode) bool {
	return e.is(acceptMasked) || (e.is(acceptMaskedControl) || e.is(ignoreMaskBit)) && op.IsControl()
}

// takesOrphan reports whether the header b of a continuation is taken where no
// message is under way.
func (e *endpoint) takesOrphan(b []byte) bool {
	return e.is(acceptOrphan) || e.is(acceptOrphanLater) && e.memory.fragmented ||
		e.is(acceptOrphanEmpty) && (len(b) < 2 || b[1]&maskLength == 0)
}

// takesNested reports whether a message is taken within another.
func (e *endpoint) takesNested(op wsproto.Opcode, fin bool) bool {
	return e.is(acceptNested) || e.is(acceptNestedSame) && op == e.opcode || e.is(acceptNestedFinal) && fin
}

// takesLong reports whether the header b of a control frame is taken that has
// its length in more than seven bits.
func (e *endpoint) takesLong(op wsproto.Opcode, b []byte) bool {
	if e.is(acceptControl126) && b[1]&maskLength == 126 {
		return len(b) < 4 || b[2] == 0 && b[3] == 126
	}
	return op.IsControl() && e.is(acceptLongClose+fault(op-wsproto.OpClose)) || op == wsproto.OpClose && e.is(answerLongClose)
}

// takesNonMinimal64 reports whether a length of 64 bits is taken that has room
// in 16.
func (e *endpoint) takesNonMinimal64(b []byte) bool {
	return e.is(acceptNonMinimal64) || e.is(acceptNonMinimal65535) && b[8] == 0xff && b[9] == 0xff
}
