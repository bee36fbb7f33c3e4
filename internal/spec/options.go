package spec

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/engine"
)

// maxTime bounds a time-out. One that is turned off, by a 0, has it too: nothing
// here waits for ever.
const maxTime = time.Minute

// option is a protocol option of the original.
type option struct {
	// limit is the time-out that the option sets.
	limit func(*engine.Limits) *time.Duration

	// asIs are the values, as JSON, that ask for what happens anyway; none
	// means that any value does.
	asIs []string
}

// options are those that the original knows for its clients and its servers.
var options = map[string]option{
	"openHandshakeTimeout":        {limit: func(l *engine.Limits) *time.Duration { return &l.Open }},
	"closeHandshakeTimeout":       {limit: func(l *engine.Limits) *time.Duration { return &l.CloseReply }},
	"serverConnectionDropTimeout": {limit: func(l *engine.Limits) *time.Duration { return &l.Drop }},

	"acceptMaskedServerFrames":  {asIs: []string{"false"}},
	"allowHixie76":              {asIs: []string{"false"}},
	"allowedOrigins":            {asIs: []string{`["*"]`}},
	"applyMask":                 {asIs: []string{"true"}},
	"autoFragmentSize":          {asIs: []string{"0"}},
	"autoPingInterval":          {asIs: []string{"0"}},
	"autoPingSize":              {}, // nothing without autoPingInterval
	"autoPingTimeout":           {}, // nothing without autoPingInterval
	"echoCloseCodeReason":       {asIs: []string{"false"}},
	"failByDrop":                {asIs: []string{"false"}},
	"flashSocketPolicy":         {}, // nothing without serveFlashSocketPolicy
	"maskClientFrames":          {asIs: []string{"true"}},
	"maskServerFrames":          {asIs: []string{"false"}},
	"maxConnections":            {asIs: []string{"0"}},
	"maxFramePayloadSize":       {asIs: []string{"0"}},
	"maxMessagePayloadSize":     {asIs: []string{"0"}},
	"requireMaskedClientFrames": {asIs: []string{"true"}},
	"serveFlashSocketPolicy":    {asIs: []string{"false"}},
	"tcpNoDelay":                {asIs: []string{"true"}},
	"utf8validateIncoming":      {asIs: []string{"true"}},
	// Drafts 13 to 17 and the RFC, 18 to the original, are version 13 on the wire.
	"version":   {asIs: []string{"13", "14", "15", "16", "17", "18"}},
	"versions":  {asIs: []string{"[13]", "[8,13]"}},
	"webStatus": {},
}

// Times returns the time-outs that the file's options ask for, those of its
// servers included: since they hold for all servers of a run, the longest of
// each. It also returns what the options ask for that is not done here, each
// once and sorted. The error names a value that is not a time-out.
func (s *Spec) Times() (limits engine.Limits, ignored []string, err error) {
	seen := make(map[string]bool)
	limits, err = s.times(s.Options, "options", seen)
	if err != nil {
		return limits, nil, err
	}
	all := limits
	for i := range s.Servers {
		of, err := s.times(s.Servers[i].Options, fmt.Sprintf("servers[%d].options", i), seen)
		if err != nil {
			return limits, nil, err
		}
		all.Open = max(all.Open, of.Open)
		all.CloseReply = max(all.CloseReply, of.CloseReply)
		all.Drop = max(all.Drop, of.Drop)
	}
	return all, slices.Sorted(maps.Keys(seen)), nil
}

// times reads the options at a place in the file, and adds those to ignored that
// ask for what is not done.
func (s *Spec) times(given map[string]any, place string, ignored map[string]bool) (limits engine.Limits, err error) {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		value := given[name]
		o, known := options[name]
		switch {
		case value == nil: // as if it were not there
		case known && o.limit != nil:
			d, ok := duration(value)
			if !ok {
				return limits, fmt.Errorf("%s: %s.%s is %s: want a number of seconds, 0 or more", s.name, place, name, asJSON(value))
			}
			*o.limit(&limits) = d
		case !known, len(o.asIs) > 0 && !slices.Contains(o.asIs, asJSON(value)):
			ignored[shorten(name)] = true
		}
	}
	return limits, nil
}

// duration reads a number of seconds.
func duration(v any) (time.Duration, bool) {
	seconds, ok := v.(float64)
	switch {
	case !ok || seconds < 0 || math.IsNaN(seconds):
		return 0, false
	case seconds == 0 || seconds > maxTime.Seconds():
		return maxTime, true
	}
	return max(time.Millisecond, time.Duration(seconds*float64(time.Second))), true
}

// asJSON is a value as it may have stood in the file, cut where that is long.
func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v) // never: it came from JSON
	}
	return shorten(string(b))
}

// shorten makes a text from the file fit for a line of a message.
func shorten(s string) string {
	const most = 60
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, s)
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}
