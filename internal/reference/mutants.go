package reference

import (
	"fmt"
	"slices"
	"sync"
)

// allMutants returns the tables in the order of the RFCs' sections.
var allMutants = sync.OnceValue(func() []mutant {
	return slices.Concat(
		serverOpeningMutants, clientOpeningMutants, framingMutants, maskingMutants,
		fragmentationMutants, controlMutants, closingMutants, textMutants,
		negotiationMutants, deflateMutants, echoMutants, conductMutants, refusalMutants, writingMutants,
	)
})

// Mutants returns all mutants, by section of the RFCs.
func Mutants() []Mutant {
	var all []Mutant
	for _, m := range allMutants() {
		m.Roles = slices.Clone(m.Roles)
		all = append(all, m.Mutant)
	}
	return all
}

// mutantsByName returns the mutants by their names.
var mutantsByName = sync.OnceValue(func() map[string]*mutant {
	byName := make(map[string]*mutant)
	for i := range allMutants() {
		m := &allMutants()[i]
		byName[m.Name] = m
	}
	return byName
})

// checkMutant reports a name that is not empty and not that of a mutant.
func checkMutant(name string) error {
	if name != "" && mutantsByName()[name] == nil {
		return fmt.Errorf("reference: there is no mutant %q", name)
	}
	return nil
}
