package sink

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Consumers of Autobahn's files read them line by line with grep and sed, so
// the form of the JSON counts as much as the data: what Python 2 writes with
// sorted keys, an indent of three blanks, separators "," and ": ", ASCII alone,
// and no newline at the end. encoding/json cannot be told to write that.

type (
	// pyDict is an object; its keys are written in the order of their code points.
	pyDict map[string]any
	// pyCounts is an object whose keys are numbers, written in their order.
	pyCounts map[int]int
	// pyList is an array.
	pyList []any
)

// appendPy appends v, one of pyDict, pyCounts, pyList, string, bool, int,
// float64 and nil, in the form of Python 2's json.dumps. depth is the number of
// arrays and objects around it.
func appendPy(dst []byte, v any, depth int) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case float64:
		return appendPyFloat(dst, v)
	case string:
		return appendPyString(dst, v)
	case pyList:
		if len(v) == 0 {
			return append(dst, "[]"...)
		}
		dst = append(dst, '[')
		for i, item := range v {
			dst = appendPyBreak(dst, i, depth+1)
			dst = appendPy(dst, item, depth+1)
		}
		return append(appendPyBreak(dst, 0, depth), ']')
	case pyDict:
		if len(v) == 0 {
			return append(dst, "{}"...)
		}
		dst = append(dst, '{')
		for i, key := range slices.Sorted(maps.Keys(v)) {
			dst = appendPyBreak(dst, i, depth+1)
			dst = append(appendPyString(dst, key), ": "...)
			dst = appendPy(dst, v[key], depth+1)
		}
		return append(appendPyBreak(dst, 0, depth), '}')
	case pyCounts:
		if len(v) == 0 {
			return append(dst, "{}"...)
		}
		dst = append(dst, '{')
		for i, key := range slices.Sorted(maps.Keys(v)) {
			dst = appendPyBreak(dst, i, depth+1)
			dst = append(append(append(dst, '"'), strconv.Itoa(key)...), `": `...)
			dst = strconv.AppendInt(dst, int64(v[key]), 10)
		}
		return append(appendPyBreak(dst, 0, depth), '}')
	}
	panic("report: no form of Python's JSON for this type")
}

// appendPyBreak begins the line of the item with this index.
func appendPyBreak(dst []byte, index, depth int) []byte {
	if index > 0 {
		dst = append(dst, ',')
	}
	dst = append(dst, '\n')
	for range depth {
		dst = append(dst, "   "...)
	}
	return dst
}

// pyValid reports whether Python 2 takes b for UTF-8: it lets surrogates pass,
// which RFC 3629 does not.
func pyValid(b []byte) bool {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			if _, n = pySurrogate(b); n == 0 {
				return false
			}
		}
		b = b[n:]
	}
	return true
}

// pySurrogate decodes the surrogate at the start of s. n is 0 where there is
// none.
func pySurrogate[T string | []byte](s T) (unit uint16, n int) {
	if len(s) < 3 || s[0] != 0xED || s[1]&0xE0 != 0xA0 || s[2]&0xC0 != 0x80 {
		return 0, 0
	}
	return 0xD000 | uint16(s[1]&0x3F)<<6 | uint16(s[2]&0x3F), 3
}

// appendPyString appends s in quotes, surrogates included. An octet that is not
// UTF-8 stands for the Latin-1 character with its value: only the fields of an
// opening handshake can bring one here, and that is how HTTP read them of old.
func appendPyString(dst []byte, s string) []byte {
	const digits = "0123456789abcdef"
	unit := func(u uint16) {
		dst = append(dst, '\\', 'u', digits[u>>12], digits[u>>8&15], digits[u>>4&15], digits[u&15])
	}
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case c == '"' || c == '\\':
				dst = append(dst, '\\', c)
			case ' ' <= c && c <= '~':
				dst = append(dst, c)
			case c == '\n':
				dst = append(dst, `\n`...)
			case c == '\r':
				dst = append(dst, `\r`...)
			case c == '\t':
				dst = append(dst, `\t`...)
			case c == '\b':
				dst = append(dst, `\b`...)
			case c == '\f':
				dst = append(dst, `\f`...)
			default:
				unit(uint16(c))
			}
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case r == utf8.RuneError && n == 1:
			u, more := pySurrogate(s[i-1:])
			if more == 0 {
				u, more = uint16(c), 1
			}
			unit(u)
			i += more - 1
		case r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			unit(uint16(high))
			unit(uint16(low))
		default:
			unit(uint16(r))
		}
	}
	return append(dst, '"')
}

// appendPyFloat appends f as Python's repr writes it: the shortest digits that
// read back, a decimal point always, an exponent of two digits or more below
// 1e-4 and from 1e16 on.
func appendPyFloat(dst []byte, f float64) []byte {
	digits := strconv.FormatFloat(f, 'e', -1, 64)
	_, exponent, _ := strings.Cut(digits, "e")
	if e, err := strconv.Atoi(exponent); err == nil && (e < -4 || e >= 16) {
		return append(dst, digits...)
	}
	plain := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(plain, ".") {
		plain += ".0"
	}
	return append(dst, plain...)
}
