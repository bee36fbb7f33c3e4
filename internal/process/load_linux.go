package process

import (
	"os"
	"runtime"
	"strconv"
	"strings"
)

// Load returns how many processes want each processor at this moment, at
// least 1.
func Load() float64 {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 1
	}
	// "0.20 0.18 0.12 1/80 11206": the fourth field has those that want to run.
	fields := strings.Fields(string(b))
	if len(fields) < 4 {
		return 1
	}
	running, _, _ := strings.Cut(fields[3], "/")
	n, err := strconv.Atoi(running)
	if err != nil {
		return 1
	}
	return max(1, float64(n)/float64(runtime.NumCPU()))
}
