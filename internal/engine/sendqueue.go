package engine

// sendOp is octets that are written in one go, or in pieces of chop octets.
type sendOp struct {
	data  []byte
	chop  int
	apart bool // nothing is added to it
}

// sendQueue are the operations that wait to be written, in order. It keeps its
// memory.
type sendQueue struct {
	ops   []sendOp
	first int // of ops that is not taken yet
}

func (q *sendQueue) len() int { return len(q.ops) - q.first }

func (q *sendQueue) push(op sendOp) { q.ops = append(q.ops, op) }

// last returns the operation that was pushed last, and nil if there is none.
func (q *sendQueue) last() *sendOp {
	if q.len() == 0 {
		return nil
	}
	return &q.ops[len(q.ops)-1]
}

// take takes the first operation, which there has to be.
func (q *sendQueue) take() sendOp {
	op := q.ops[q.first]
	q.ops[q.first] = sendOp{}
	if q.first++; q.first == len(q.ops) {
		q.ops, q.first = q.ops[:0], 0
	}
	return op
}

func (q *sendQueue) clear() {
	clear(q.ops)
	q.ops, q.first = q.ops[:0], 0
}
