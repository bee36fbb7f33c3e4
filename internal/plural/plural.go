// Package plural writes counts with their nouns, for people.
package plural

import (
	"strconv"
	"strings"
)

// Of returns a count and its noun, in the singular for 1: "1 octet", "2 octets",
// "65,536 octets". many is the plural where it is not the noun and an "s".
func Of(n int, noun string, many ...string) string {
	return Decimal(n) + " " + Noun(n, noun, many...)
}

// Noun returns the noun alone, in the number that n takes.
func Noun(n int, noun string, many ...string) string {
	switch {
	case n == 1:
		return noun
	case len(many) > 0:
		return many[0]
	}
	return noun + "s"
}

// Decimal returns n in decimal digits, with commas between the thousands from
// 10,000 on.
func Decimal(n int) string {
	s := strconv.Itoa(n)
	if -10_000 < n && n < 10_000 {
		return s
	}
	var b strings.Builder
	for i, c := range s {
		if i > 0 && (len(s)-i)%3 == 0 && s[i-1] != '-' {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return b.String()
}
