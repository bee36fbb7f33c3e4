package oracle

// Idle reports whether nothing is under way in either direction: no frame, no
// message, and every message of ours was given back. Between two such moments
// a part of the conversation can be left out by [Judge.Skip].
func (j *Judge) Idle() bool {
	return j.phase == phaseOpen && !j.blind && j.ours.in.idle() && j.theirs.in.idle() &&
		len(j.echo.queue) == 0 && !j.ours.closed && !j.theirs.closed
}

func (s *stream) idle() bool {
	_, _, within := s.parser.InFrame()
	return !within && len(s.parser.Pending()) == 0 && !s.open
}

// Skip tells the judge that so many events were not fed to it, with so many
// octets in either direction: long loops of messages, that the engine compared
// with their echoes itself. The judge has to be idle before and after. What
// later messages are compressed from is not known to it any more, so that
// their content is not judged where context is taken over. A trace that keeps
// fewer events than were fed has a negative number of events left out.
func (j *Judge) Skip(events int, sent, received int64) {
	j.event += events
	j.theirs.offset += received
	j.ours.in.skip(sent)
	j.theirs.in.skip(received)
}

func (s *stream) skip(octets int64) {
	s.parser.Offset += octets
	s.lost = s.lost || s.takeover && octets > 0
}
