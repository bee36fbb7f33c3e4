package gen

// state is a state of a conversation that our side can distinguish.
type state uint8

const (
	stateOpen state = iota // a frame is sent on an open connection
	stateEarly
	stateCompressing // an extension that may compress is on the table
	stateInText
	stateInBinary
	stateControlWithin
	stateCodePointCut // between two fragments
	stateCompressed
	statePinged
	stateLarge
	stateChopped
	stateApart
	stateFrameCut // a frame is written in two steps
	stateBurst    // hundreds of frames in one step
	stateFault
	stateClosing
	stateAfterClose
	stateHalfClosed
	stateReset
	stateDropped
	stateStalled      // we do not read
	stateCrossing     // hundreds of frames while a long echo is under way
	statePongs        // each ping is answered more than once
	stateAgain        // a message is as long as a long one that came back
	stateMany         // dozens of messages
	stateIdle         // nothing is sent for long
	stateInCompressed // within a compressed message, before a mistake
	stateLater        // another request comes first on the connection
	stateRunUp        // dozens of messages, pings or fragments come before what is wrong
	stateInTurn       // messages in fragments, one after the other
	stateFarBack      // a compressed message refers to one before
	stateBlownUp      // and that was inflated to 32 KiB and more
	stateBetween      // and something else came between
	stateWide         // a long text has characters across powers of two
	stateLongWithin   // something comes between two fragments, after 1000 octets of the message
	stateManyFragments
	numStates
)

// states is a set of them.
type states uint64

func (s *states) add(st state) { *s |= 1 << st }
