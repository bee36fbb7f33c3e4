package catalogue

import (
	"strings"

	"github.com/wscheck/wscheck/oracle"
)

// exercised says which clauses Autobahn's cases are about. A row is for the
// ids that it names; one that ends in a dot stands for all cases of a section.
var exercised = []struct {
	ids     string
	clauses []oracle.ClauseID
}{
	{
		"1. 5.3 5.4 5.5 5.6 5.7 5.8 5.19 5.20 6.1. 6.2. 6.5. 6.6.2 6.6.5 6.6.7 6.6.9 6.6.11 6.7. 6.9. " +
			"6.11.1 6.11.2 6.11.3 6.11.4 6.22. 6.23. 7.1.1 9. 10. 12. 13.",
		[]oracle.ClauseID{"wscheck/echo-content", "wscheck/echo-type", "wscheck/echo-missing"},
	},
	{"1.", []oracle.ClauseID{"rfc6455/5.2/length-minimal"}},
	{
		"2.1 2.2 2.3 2.4 2.6 2.9 2.10 2.11 5.6 5.7 5.8 5.19 5.20",
		[]oracle.ClauseID{"rfc6455/5.5.2/pong", "rfc6455/5.5.3/pong-payload"},
	},
	{"2.5 7.3.6", []oracle.ClauseID{"rfc6455/5.5/control-length-fail"}},
	{"2.7 2.8 2.9", []oracle.ClauseID{"wscheck/stay"}},
	{"3.", []oracle.ClauseID{"rfc6455/5.2/rsv-fail"}},
	{"4.", []oracle.ClauseID{"rfc6455/5.2/opcode-fail"}},
	{"5.1 5.2", []oracle.ClauseID{"rfc6455/5.5/control-fragmented-fail"}},
	{"5.6 5.7 5.8 5.19 5.20", []oracle.ClauseID{"rfc6455/5.4/control-within"}},
	{"5.9 5.10 5.11 5.12 5.13 5.14 5.15 5.16 5.17", []oracle.ClauseID{"rfc6455/5.4/continuation-fail"}},
	{"5.18", []oracle.ClauseID{"rfc6455/5.4/interleaved-fail"}},
	{
		"6.3. 6.4. 6.6.1 6.6.3 6.6.4 6.6.6 6.6.8 6.6.10 6.8. 6.10. 6.11.5 6.12. 6.13. 6.14. 6.15. 6.16. 6.17. " +
			"6.18. 6.19. 6.20. 6.21.",
		[]oracle.ClauseID{"rfc6455/8.1/utf8-fail"},
	},
	{"7.", []oracle.ClauseID{"rfc6455/5.5.1/close-reply", "rfc6455/5.5.1/close-tcp"}},
	{"7.1.", []oracle.ClauseID{"rfc6455/5.5.1/data-after-close"}},
	{"7.3.2", []oracle.ClauseID{"rfc6455/5.5.1/close-body-fail"}},
	{"7.5.1", []oracle.ClauseID{"rfc6455/8.1/reason-fail"}},
	{"7.9. 7.13.", []oracle.ClauseID{"rfc6455/7.4.2/code-defined"}},
	{"12. 13.", []oracle.ClauseID{"rfc7692/7.2.1/deflate", "rfc7692/7.2.1/tail"}},
	{
		"13.2. 13.5. 13.6. 13.7.",
		[]oracle.ClauseID{
			"rfc7692/7.1.1.1/server-no-context-takeover",
			"rfc7692/7.2.1/server-empty-window", "rfc7692/7.2.1/client-empty-window",
		},
	},
	{
		"13.3. 13.4. 13.5. 13.6. 13.7.",
		[]oracle.ClauseID{
			"rfc7692/7.1.2.1/window-kept",
			"rfc7692/7.2.1/server-window", "rfc7692/7.2.1/client-window",
		},
	},
}

// clausesOf returns the clauses of the rows for one of Autobahn's ids.
func clausesOf(id string) []oracle.ClauseID {
	var clauses []oracle.ClauseID
	for _, row := range exercised {
		for of := range strings.FieldsSeq(row.ids) {
			if id == of || strings.HasSuffix(of, ".") && strings.HasPrefix(id, of) {
				clauses = append(clauses, row.clauses...)
				break
			}
		}
	}
	return clauses
}
