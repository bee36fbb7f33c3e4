//go:build !linux

package process

import (
	"net"
	"os"
	"time"
)

// kin is a process and what it started, where this system reports that.
type kin struct{ process *os.Process }

func newKin(p *os.Process, _ mark) *kin { return &kin{process: p} }

func (k *kin) gone() bool { return groupGone(k.process.Pid) }

// dying is not known before the process has ended.
func (k *kin) dying() bool { return false }

// memory is not known while the process runs; see peak.
func (k *kin) memory() uint64 { return 0 }

// work and held are not known either.
func (k *kin) work() time.Duration { return 0 }

func (k *kin) held() (resident, granted uint64) { return 0, 0 }

func (k *kin) peak(s *os.ProcessState) uint64 { return peakMemory(s) }

func (k *kin) anyOf() string { return "" }

// owner is not known: no process listened there before the process was started.
func (k *kin) owner(net.Conn) (who string, ours bool) { return "", true }

func (k *kin) leaves() bool { return false }

func (k *kin) parted() bool { return false }

func (k *kin) stillListens() bool { return true }

func (k *kin) listens() string { return "" }

func listenerOf(net.Conn) string { return "" }

func adoptOrphans() (release func()) { return func() {} }

func (k *kin) terminate() { TerminateGroup(k.process) }

func (k *kin) kill() { KillGroup(k.process) }
