package blackbox

import (
	"strconv"
	"strings"
)

// numberOf is the number of the script that the id of a random case names.
func numberOf(id string) int {
	n, err := strconv.Atoi(id[strings.LastIndexByte(id, '-')+1:])
	if err != nil {
		return -1
	}
	return n
}
