package notation

import (
	"fmt"
	"reflect"
	"slices"
)

// Name returns the name of a value, from a table of names in the order of the values. One that has none is shown
// as its type and number: "Level(9)".
func Name[T ~uint8](v T, names []string) string {
	if int(v) < len(names) {
		return names[v]
	}
	return fmt.Sprintf("%s(%d)", reflect.TypeFor[T]().Name(), v)
}

// ReadName sets v to the value of that name. what names the type in the error, which lists the names.
func ReadName[T ~uint8](v *T, name []byte, what string, names []string) error {
	i := slices.Index(names, string(name))
	if i < 0 {
		return fmt.Errorf("unknown %s %q (want one of %v)", what, name, names)
	}
	*v = T(i)
	return nil
}
