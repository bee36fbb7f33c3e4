package spec

import (
	"fmt"
	"time"
)

// MassConnect is the spec file of the mode of that name.
type MassConnect struct {
	Options struct {
		Connections int     `json:"connections"` // to each server
		BatchSize   int     `json:"batchsize"`   // connections begun at a time
		BatchDelay  float64 `json:"batchdelay"`  // between two batches, in milliseconds
		RetryDelay  float64 `json:"retrydelay"`  // before another try, in milliseconds
	} `json:"options"`
	Servers []MassServer `json:"servers"`
}

// MassServer is a server that is connected to.
type MassServer struct {
	Name string `json:"name"`
	URI  string `json:"uri"`
}

// LoadMassConnect reads a massconnect.json. Errors name the file and the place.
func LoadMassConnect(name string) (*MassConnect, error) {
	b, err := read(name)
	if err != nil {
		return nil, err
	}
	m := new(MassConnect)
	if err := decode(name, b, m); err != nil {
		return nil, err
	}
	o := &m.Options
	switch {
	case o.Connections < 1:
		return nil, fmt.Errorf("%s: options.connections is %d: want 1 or more", name, o.Connections)
	case o.BatchSize < 1:
		return nil, fmt.Errorf("%s: options.batchsize is %d: want 1 or more", name, o.BatchSize)
	case len(m.Servers) == 0:
		return nil, fmt.Errorf("%s: it lists no servers: add \"servers\"", name)
	}
	for key, ms := range map[string]float64{"batchdelay": o.BatchDelay, "retrydelay": o.RetryDelay} {
		if ms < 0 || ms > float64(maxTime.Milliseconds()) {
			return nil, fmt.Errorf("%s: options.%s is %v: want 0 to %d milliseconds", name, key, ms, maxTime.Milliseconds())
		}
	}
	for i, server := range m.Servers {
		if server.URI == "" {
			return nil, fmt.Errorf("%s: servers[%d] has no \"uri\"", name, i)
		}
	}
	return m, nil
}

// Delays returns the two delays of the options.
func (m *MassConnect) Delays() (batch, retry time.Duration) {
	return milliseconds(m.Options.BatchDelay), milliseconds(m.Options.RetryDelay)
}

func milliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }
