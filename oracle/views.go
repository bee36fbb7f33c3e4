package oracle

import "github.com/wscheck/wscheck/wsproto"

// views is the set of what the peer may have read of our octets by now. What it
// has read is not known, only that it reads in order and nothing that was not
// sent: so that after we sent a fault, a peer that continues may just not have got
// there yet. Each observation takes away what it refutes, and a set with
// nothing left is a violation.
type views uint8

const (
	// viewClean: neither of the two below.
	viewClean views = 1 << iota
	// viewFault: it has read all of something for which it must fail the
	// connection.
	viewFault
	// viewClose: it has read our close frame, and no fault before.
	viewClose
)

// observation is something that happened, if it shows what the peer has
// read.
type observation uint8

const (
	// sentFault: we sent the last octet of something that the peer must fail the
	// connection for.
	sentFault observation = iota
	// sentClose: we sent the last octet of a close frame.
	sentClose
	// hasReadFault: the peer gave back something that stood at or after the
	// fault.
	hasReadFault
	// hasReadAll: the peer is known to have read all that we sent.
	hasReadAll
	// goesOn: the peer did what one that has failed the connection does not do.
	goesOn
)

// step returns the views that o leaves of v.
func (v views) step(o observation) views {
	switch o {
	case sentFault:
		if v&viewClean != 0 {
			return v | viewFault
		}
	case sentClose:
		if v&viewClean != 0 && v&viewFault == 0 {
			return v | viewClose
		}
	case hasReadFault:
		return v & viewFault
	case hasReadAll:
		if last := v & (viewFault | viewClose); last != 0 {
			return last
		}
	case goesOn:
		return v &^ viewFault
	}
	return v
}

// state is a stage of a conversation that Reached returns.
type state uint8

const (
	stateOpening state = iota
	stateRefused
	stateOpen
	stateDeflate
	stateReceivingText
	stateReceivingBinary
	stateSendingText
	stateSendingBinary
	statePinged
	stateFaulty
	stateFailing
	stateCloseSent
	stateCloseReceived
	stateClosed
	stateDropped
	stateReset
	stateStalled
	numStates
)

var stateNames = [numStates]string{
	stateOpening:         "opening",
	stateRefused:         "refused",
	stateOpen:            "open",
	stateDeflate:         "deflate",
	stateReceivingText:   "in-fragment-text",
	stateReceivingBinary: "in-fragment-binary",
	stateSendingText:     "sending-fragment-text",
	stateSendingBinary:   "sending-fragment-binary",
	statePinged:          "pinged",
	stateFaulty:          "faulty",
	stateFailing:         "failing",
	stateCloseSent:       "close-sent",
	stateCloseReceived:   "close-received",
	stateClosed:          "closed",
	stateDropped:         "dropped",
	stateReset:           "reset",
	stateStalled:         "stalled",
}

// stateSending and stateReceiving are the states within a fragmented message of
// ours and of the peer's.
func stateSending(op wsproto.Opcode) state {
	if op == wsproto.OpText {
		return stateSendingText
	}
	return stateSendingBinary
}

func stateReceiving(op wsproto.Opcode) state {
	if op == wsproto.OpText {
		return stateReceivingText
	}
	return stateReceivingBinary
}

// stateSet is a set of states.
type stateSet uint32

func (s *stateSet) add(t state) { *s |= 1 << t }

func (s stateSet) names() []string {
	var names []string
	for t, name := range stateNames {
		if s&(1<<t) != 0 {
			names = append(names, name)
		}
	}
	return names
}
