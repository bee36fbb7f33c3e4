package oracle

import (
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/notation"
	"github.com/wscheck/wscheck/wsproto"
)

// setOption sets what an option says. It returns what the option is about, of
// which there can be one; ok is false where a step of the kind has none such.
func (step *Step) setOption(words string) (about string, ok bool) {
	may := optionsOf(step.Kind)
	cut := func(prefix string) (rest string, ok bool) { return strings.CutPrefix(words, prefix) }
	switch words {
	case optContinued:
		step.Frame.Fin = false
		return optContinued, may.frame
	case optNever:
		step.Masking = MaskNever
		return optMasked, may.header
	case optAlways:
		step.Masking = MaskAlways
		return optMasked, may.header
	case optPlain:
		step.Plain = true
		return optPlain, may.message
	case optAlone:
		step.Sync = true
		return optAlone, may.written
	case optBeneath:
		step.Beneath = true
		return optBeneath, may.beneath
	}
	if rest, is := cut(optRsv); is {
		n, err := strconv.ParseUint(rest, 10, 8)
		step.Frame.Rsv = uint8(n)
		return optRsv, may.header && err == nil
	}
	if rest, is := strings.CutSuffix(words, optLength); is {
		for _, form := range []wsproto.LengthForm{wsproto.FormMinimal, wsproto.Form7, wsproto.Form16, wsproto.Form64} {
			if rest == form.String() {
				step.Frame.Form = form
				return optLength, may.frame
			}
		}
		return "", false
	}
	if rest, is := cut(optDeclared); is {
		n, ok := notation.ParseNumber(rest)
		step.Declared, step.HasDeclared = n, true
		return optDeclared, may.frame && ok
	}
	if rest, is := cut(optMasked); is {
		key, err := hex.DecodeString(rest)
		step.Masking = MaskKey
		copy(step.Frame.Mask[:], key)
		return optMasked, may.header && err == nil && len(key) == len(step.Frame.Mask)
	}
	if rest, is := cut(optFrames); is {
		step.Fragment, ok = notation.ParseOctets(rest)
		return optFrames, may.message && ok
	}
	if rest, is := cut(inPiecesOf); is {
		step.Chop, ok = notation.ParseOctets(rest)
		return inPiecesOf, may.written && ok
	}
	if rest, is := cut(optWithin); is {
		d, err := time.ParseDuration(rest)
		step.Timeout = d
		return optWithin, may.limit && err == nil && d >= 0 && d <= maxTime
	}
	return "", false
}

// optionWords lists the options that the step can have.
func (step *Step) optionWords() string {
	var words []string
	may := optionsOf(step.Kind)
	for _, option := range []struct {
		may  bool
		text string
	}{
		{may.frame, optContinued}, {may.header, optRsv + "4"},
		{may.frame, "7-bit" + optLength}, {may.frame, "16-bit" + optLength}, {may.frame, "64-bit" + optLength},
		{may.frame, optDeclared + "5"},
		{may.header, optNever}, {may.header, optAlways}, {may.header, optMasked + "01020304"},
		{may.message, optFrames + "5 octets"}, {may.message, optPlain},
		{may.written, inPiecesOf + "5 octets"}, {may.written, optAlone}, {may.beneath, optBeneath},
		{may.limit, optWithin + "5s"},
	} {
		if option.may {
			words = append(words, option.text)
		}
	}
	if len(words) == 0 {
		return "it has none"
	}
	return strings.Join(words, ", ")
}
