package fuzz

// maxSizes is the number of octets, at most, of an input that say how the rest
// is cut into pieces.
const maxSizes = 7

// cut takes from an input the sizes of pieces, and the octets that are to be
// cut. The first octet says how many sizes there are.
func cut(input []byte) (sizes, octets []byte) {
	if len(input) == 0 {
		return nil, nil
	}
	n := min(int(input[0])%(maxSizes+1), len(input)-1)
	return input[1 : 1+n], input[1+n:]
}

// pieces returns b in pieces of the sizes in turn, 0 being one of 256, and in
// one piece where there are none. An empty b has no piece.
func pieces(b, sizes []byte) (parts [][]byte) {
	for i := 0; len(b) > 0; i++ {
		n := len(b)
		if len(sizes) > 0 {
			n = min(n, int(sizes[i%len(sizes)]-1)+1)
		}
		parts = append(parts, b[:n:n])
		b = b[n:]
	}
	return parts
}

// whole returns an input that is not cut.
func whole(octets []byte) []byte { return append([]byte{0}, octets...) }
