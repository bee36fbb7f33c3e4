package corpus

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/wscheck/wscheck/wsproto"
)

// Expect is what a conforming peer does in a conversation where the RFCs
// leave no choice: any of the courses that are set. The zero value leaves it all
// to the oracle.
type Expect struct {
	Keep   bool // it keeps the connection until our side ends it
	Refuse bool // it does not accept the opening handshake
	Fail   bool // it fails the connection (RFC 6455 7.1.7)

	// Codes are those that a peer which fails gives its close frame, if it
	// sends one; none stands for any.
	Codes []wsproto.CloseCode
}

// Words of the text form.
const (
	wordAny    = "any"
	wordKeep   = "keep"
	wordRefuse = "refuse"
	wordFail   = "fail"
	wordOr     = "or"
)

// String returns the courses in words: "keep", "fail 1002 1007", "refuse",
// "keep or fail 1009", and "any" for the zero value.
func (x Expect) String() string {
	var courses []string
	if x.Keep {
		courses = append(courses, wordKeep)
	}
	if x.Refuse {
		courses = append(courses, wordRefuse)
	}
	if x.Fail {
		words := []string{wordFail}
		for _, c := range x.Codes {
			words = append(words, strconv.Itoa(int(c)))
		}
		courses = append(courses, strings.Join(words, " "))
	}
	if courses == nil {
		return wordAny
	}
	return strings.Join(courses, " "+wordOr+" ")
}

// ParseExpect reads what [Expect.String] writes, in any order.
func ParseExpect(text string) (Expect, error) {
	var x Expect
	if strings.TrimSpace(text) == wordAny {
		return x, nil
	}
	for course := range strings.SplitSeq(" "+strings.Join(strings.Fields(text), " ")+" ", " "+wordOr+" ") {
		words := strings.Fields(course)
		if len(words) == 0 {
			return Expect{}, fmt.Errorf("a course is missing: want keep, refuse, fail and its close codes, some of them with \"or\" between, or any")
		}
		set := map[string]*bool{wordKeep: &x.Keep, wordRefuse: &x.Refuse, wordFail: &x.Fail}[words[0]]
		switch {
		case set == nil:
			return Expect{}, fmt.Errorf("%q is not a course: want keep, refuse, fail and its close codes, some of them with \"or\" between, or any", words[0])
		case *set:
			return Expect{}, fmt.Errorf("%q stands there twice: leave one out", words[0])
		case words[0] != wordFail && len(words) > 1:
			return Expect{}, fmt.Errorf("%q: only fail has close codes; put \"or\" between courses", course)
		}
		*set = true
		for _, w := range words[1:] {
			n, err := strconv.ParseUint(w, 10, 16)
			if err != nil {
				return Expect{}, fmt.Errorf("%q is not a close code", w)
			}
			x.Codes = append(x.Codes, wsproto.CloseCode(n))
		}
	}
	slices.Sort(x.Codes)
	x.Codes = slices.Compact(x.Codes)
	return x, nil
}

// Allows reports whether the courses that a peer was seen to take, by
// [Observe], are among those that x lets it take.
func (x Expect) Allows(seen Expect) bool {
	if !x.Keep && !x.Refuse && !x.Fail {
		return true
	}
	if seen.Keep && !x.Keep || seen.Refuse && !x.Refuse || seen.Fail && !x.Fail {
		return false
	}
	for _, c := range seen.Codes {
		if len(x.Codes) > 0 && !slices.Contains(x.Codes, c) {
			return false
		}
	}
	return true
}
