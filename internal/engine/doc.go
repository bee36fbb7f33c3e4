// Package engine plays conversations with a peer and judges them: in memory, in
// bubbles of [testing/synctest], or over real connections. Package harness is what
// other modules import of it.
package engine
