package reference

import (
	"encoding/binary"
	"errors"
)

// inflater inflates the messages of one direction of a connection (RFC 7692 7.2.2,
// RFC 1951). [compress/flate] cannot do that: it does not report a reference beyond a
// window of less than 32 KiB, nor how a message ends.
type inflater struct {
	stream stream
	limit  int    // of a message in octets
	past   []byte // the last octets of the messages before, 32 KiB if there are as many
	fresh  int    // octets since the window was empty

	// Of the message.
	in      []byte
	at      int    // octets of in that are taken
	held    uint64 // bits of them that are not used, the next one lowest
	n       uint   // how many
	out     []byte
	overran bool // it referred to octets beyond the window
	flushed bool // it ended as it must, with an empty block without its last four octets
	finals  int  // blocks with BFINAL set
	final   int  // octets inflated before the end of the first of them

	literals, distances huffman
}

// maxDistance is how far back a reference can go.
const maxDistance = 32 << 10

// Why a message cannot be inflated.
var (
	errCorrupt = errors.New("reference: not DEFLATE")
	errCut     = errors.New("reference: DEFLATE that ends within a block")
	errTooLong = errors.New("reference: more octets than the limit")
)

// reset makes the inflater ready for another connection.
func (z *inflater) reset(s stream, limit int) {
	*z = inflater{stream: s, limit: limit, past: z.past[:0], literals: z.literals, distances: z.distances}
}

// forget empties the window.
func (z *inflater) forget() { z.past, z.fresh = z.past[:0], 0 }

// message inflates a message and appends it to dst, which is empty. With an error it
// returns what was inflated before.
func (z *inflater) message(dst, packed []byte) ([]byte, error) {
	if z.stream.noTakeover {
		z.fresh = 0
	}
	z.in, z.at, z.held, z.n, z.out = packed, 0, 0, 0, dst
	z.overran, z.flushed, z.finals, z.final = false, false, 0, 0
	var err error
	for err == nil && !z.flushed && uint(len(z.in)-z.at)*8+z.n >= 3 {
		err = z.block()
	}
	if len(z.out) >= maxDistance {
		z.past = append(z.past[:0], z.out[len(z.out)-maxDistance:]...)
	} else if z.past = append(z.past, z.out...); len(z.past) > 4*maxDistance {
		z.past = append(z.past[:0], z.past[len(z.past)-maxDistance:]...)
	}
	out := z.out
	z.in, z.out = nil, nil
	return out, err
}

// block inflates a block (RFC 1951 3.2.3).
func (z *inflater) block() error {
	final, _ := z.take(1)
	kind, err := z.take(2)
	if err != nil {
		return err
	}
	switch kind {
	case 0:
		err = z.stored()
	case 1:
		fixed := fixedCodes()
		err = z.symbols(&fixed[0], &fixed[1])
	case 2:
		if err = z.readCodes(); err == nil {
			err = z.symbols(&z.literals, &z.distances)
		}
	default:
		err = errCorrupt
	}
	if final == 1 && err == nil {
		z.align()
		z.fresh = 0 // common inflaters begin with an empty window after it
		if z.finals++; z.finals == 1 {
			z.final = len(z.out)
		}
	}
	return err
}

// stored copies a stored block, or ends the message: the four octets that a sender
// leaves out are its length (RFC 7692 7.2.1).
func (z *inflater) stored() error {
	z.align()
	rest := z.in[z.at:]
	if len(rest) == 0 {
		z.flushed = true
		return nil
	}
	if len(rest) < 4 {
		return errCut
	}
	size, inverse := binary.LittleEndian.Uint16(rest), binary.LittleEndian.Uint16(rest[2:])
	if size != ^inverse {
		return errCorrupt
	}
	n := min(int(size), len(rest)-4)
	if err := z.room(n); err != nil {
		return err
	}
	z.out = append(z.out, rest[4:4+n]...)
	z.at += 4 + n
	if n < int(size) {
		return errCut
	}
	return nil
}

// room makes room for octets that are about to be inflated.
func (z *inflater) room(n int) error {
	need := len(z.out) + n
	if need > z.limit {
		return errTooLong
	}
	if need > cap(z.out) {
		z.out = append(make([]byte, 0, max(need, min(2*cap(z.out), z.limit))), z.out...)
	}
	z.fresh += n
	return nil
}

// symbols inflates the rest of a block with two codes (RFC 1951 3.2.5).
func (z *inflater) symbols(literals, distances *huffman) error {
	for {
		s, err := z.symbol(literals)
		switch {
		case err != nil:
			return err
		case s < 256:
			if err := z.room(1); err != nil {
				return err
			}
			z.out = append(z.out, byte(s))
			continue
		case s == 256:
			return nil
		case s > 285:
			return errCorrupt
		}
		length, err := z.extended(lengthBase[s-257])
		if err != nil {
			return err
		}
		if s, err = z.symbol(distances); err != nil {
			return err
		}
		if s > 29 {
			return errCorrupt
		}
		distance, err := z.extended(distanceBase[s])
		if err != nil {
			return err
		}
		if err := z.copy(length, distance); err != nil {
			return err
		}
	}
}

// copy repeats octets from a distance back.
func (z *inflater) copy(length, distance int) error {
	if distance > len(z.out)+len(z.past) {
		return errCorrupt
	}
	if distance > z.stream.window() || distance > z.fresh {
		z.overran = true
	}
	if err := z.room(length); err != nil {
		return err
	}
	at := len(z.out) - distance
	if at < 0 { // in messages before
		from := z.past[len(z.past)+at:]
		n := min(length, -at)
		z.out = append(z.out, from[:n]...)
		length, at = length-n, 0
	}
	for length > 0 { // what is copied may itself be repeated
		n := min(length, len(z.out)-at)
		z.out = append(z.out, z.out[at:at+n]...)
		length -= n
	}
	return nil
}

// fill takes octets of the input until there are 56 bits, if there are as many.
func (z *inflater) fill() {
	for z.n < 56 && z.at < len(z.in) {
		z.held |= uint64(z.in[z.at]) << z.n
		z.at++
		z.n += 8
	}
}

// take returns the next bits, at most 16.
func (z *inflater) take(n uint) (int, error) {
	if z.n < n {
		if z.fill(); z.n < n {
			return 0, errCut
		}
	}
	v := z.held & (1<<n - 1)
	z.held >>= n
	z.n -= n
	return int(v), nil
}

// align drops the bits up to the next octet, and gives whole octets back to the input.
func (z *inflater) align() {
	z.at -= int(z.n / 8)
	z.held, z.n = 0, 0
}

// extended returns the number that a base and its extra bits make.
func (z *inflater) extended(b base) (int, error) {
	v, err := z.take(uint(b.extra))
	return int(b.least) + v, err
}

// base is the least number of a length or distance symbol, and how many bits follow
// it.
type base struct{ least, extra uint16 }

// The symbols of lengths, from 257 on, and of distances (RFC 1951 3.2.5).
var (
	lengthBase   = makeLengthBase()
	distanceBase = makeDistanceBase()
)

func makeLengthBase() (t [29]base) {
	least := uint16(3)
	for i := range t {
		t[i] = base{least, uint16(max(0, i/4-1))}
		least += 1 << t[i].extra
	}
	t[28] = base{258, 0}
	return t
}

func makeDistanceBase() (t [30]base) {
	least := uint16(1)
	for i := range t {
		t[i] = base{least, uint16(max(0, i/2-1))}
		least += 1 << t[i].extra
	}
	return t
}

// codeLengthOrder is the order in which a header has the lengths of the code length
// code (RFC 1951 3.2.7).
var codeLengthOrder = [19]int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// readCodes reads the header of a block with codes of its own (RFC 1951 3.2.7).
func (z *inflater) readCodes() error {
	counts, err := z.take(14)
	if err != nil {
		return err
	}
	numLiterals, numDistances, numLengths := counts&31+257, counts>>5&31+1, counts>>10+4
	if numLiterals > 286 || numDistances > 30 {
		return errCorrupt
	}
	var lens [286 + 30]uint8
	for _, i := range codeLengthOrder[:numLengths] {
		n, err := z.take(3)
		if err != nil {
			return err
		}
		lens[i] = uint8(n)
	}
	if z.literals.build(lens[:19]) != codeComplete {
		return errCorrupt
	}
	clear(lens[:19])
	for i := 0; i < numLiterals+numDistances; {
		s, err := z.symbol(&z.literals)
		if err != nil {
			return err
		}
		if s < 16 {
			lens[i] = uint8(s)
			i++
			continue
		}
		of := [...]struct {
			bits  uint
			least int
		}{{2, 3}, {3, 3}, {7, 11}}[s-16]
		n, err := z.take(of.bits)
		if err != nil {
			return err
		}
		n += of.least
		if n > numLiterals+numDistances-i || s == 16 && i == 0 {
			return errCorrupt
		}
		for ; n > 0; n-- {
			if s == 16 {
				lens[i] = lens[i-1]
			}
			i++
		}
	}
	if lens[256] == 0 { // no block could end
		return errCorrupt
	}
	if k := z.literals.build(lens[:numLiterals]); k != codeComplete && k != codeSingle {
		return errCorrupt
	}
	if z.distances.build(lens[numLiterals:numLiterals+numDistances]) == codeBroken {
		return errCorrupt
	}
	return nil
}
