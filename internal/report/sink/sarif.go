package sink

import (
	"cmp"
	"encoding/json"
	"io"
	"net/url"
	"path"
	"path/filepath"
	"strings"

	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/visible"
	"github.com/wscheck/wscheck/oracle"
)

// WriteSARIF writes what fails, and what is noted, in the Static Analysis Results
// Interchange Format, version 2.1.0: each clause is a rule, and each result that is
// not clean one of SARIF's. Known deviations are suppressed.
func WriteSARIF(w io.Writer, r *report.Report) error {
	run := sarifRun{
		Tool:       sarifTool{sarifDriver{Name: "wscheck", InformationURI: "https://github.com/wscheck/wscheck", Rules: []sarifRule{}}},
		Results:    []sarifResult{},
		ColumnKind: "unicodeCodePoints",
	}
	s := sarif{run: &run, rules: map[string]int{}, report: r}
	for i, a := range report.NewLayout(r).Agents {
		s.agent(r.Agents[i], a)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(sarifLog{
		Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run},
	})
}

type sarif struct {
	run    *sarifRun
	rules  map[string]int // index by id
	report *report.Report
}

func (s *sarif) agent(agent *report.Agent, a *report.AgentLayout) {
	if agent.Unreachable != "" {
		s.add(a, "", "not-reachable", "The peer cannot be reached.", "error", visible.Text(agent.Unreachable, 400), nil)
	}
	if s.report.DiedUnexplained(agent) {
		s.add(a, "", "wscheck/peer-died", "", "error", "the peer's process died", nil)
	}
	groups := s.report.Groups(agent)
	for i := range groups {
		g := &groups[i]
		for _, result := range g.Results {
			text := cmp.Or(s.report.Why(result), g.Sentence)
			s.add(a, result.Case.ID, g.Label(), g.Sentence, sarifLevel(g), text, result.Known)
		}
	}
}

func sarifLevel(g *report.Group) string {
	switch {
	case g.Rank < report.RankKnown, g.Known != "":
		return "error"
	case g.Tone == report.ToneNote:
		return "note"
	}
	return "none"
}

// add adds a result, and its rule where that is new. id is that of the case, "" for
// none.
func (s *sarif) add(a *report.AgentLayout, id, rule, about, level, text string, known *report.Known) {
	index, ok := s.rules[rule]
	if !ok {
		index = len(s.run.Tool.Driver.Rules)
		s.rules[rule] = index
		r := sarifRule{ID: rule, ShortDescription: sarifText{about}}
		if c := oracle.Lookup(oracle.ClauseID(rule)); c != nil {
			r.ShortDescription.Text = c.Section + ": " + c.String()
			if c.Note != "" {
				r.FullDescription = &sarifText{c.Note}
			}
		}
		r.ShortDescription.Text = cmp.Or(r.ShortDescription.Text, rule)
		s.run.Tool.Driver.Rules = append(s.run.Tool.Driver.Rules, r)
	}
	name := strings.TrimSuffix(visible.Text(a.Name, 200)+"/"+visible.Text(id, 120), "/")
	location := sarifLocation{
		LogicalLocations: []sarifLogical{{FullyQualifiedName: name, Kind: "object"}},
	}
	if s.report.Dir != "" {
		page := url.URL{Path: path.Join(filepath.ToSlash(s.report.Dir), cmp.Or(a.Files[id], "index")+".html")}
		location.PhysicalLocation = &sarifPhysical{ArtifactLocation: sarifArtifact{page.String()}, Region: sarifRegion{1}}
	}
	result := sarifResult{
		RuleID: rule, RuleIndex: index, Level: level, Message: sarifText{cmp.Or(text, rule)},
		Locations:           []sarifLocation{location},
		PartialFingerprints: map[string]string{"wscheck/v1": name + "/" + rule},
	}
	if level == "none" {
		result.Kind = "notApplicable"
	}
	if known != nil {
		result.Suppressions = []sarifSuppression{{Kind: "external", Justification: visible.Text(known.Reason, 400)}}
	}
	s.run.Results = append(s.run.Results, result)
}

// The parts of SARIF that are used, with its names.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string     `json:"id"`
		ShortDescription sarifText  `json:"shortDescription"`
		FullDescription  *sarifText `json:"fullDescription,omitempty"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID              string             `json:"ruleId"`
		RuleIndex           int                `json:"ruleIndex"`
		Kind                string             `json:"kind,omitempty"`
		Level               string             `json:"level"`
		Message             sarifText          `json:"message"`
		Locations           []sarifLocation    `json:"locations"`
		PartialFingerprints map[string]string  `json:"partialFingerprints"`
		Suppressions        []sarifSuppression `json:"suppressions,omitempty"`
	}
	sarifLocation struct {
		PhysicalLocation *sarifPhysical `json:"physicalLocation,omitempty"`
		LogicalLocations []sarifLogical `json:"logicalLocations"`
	}
	sarifPhysical struct {
		ArtifactLocation sarifArtifact `json:"artifactLocation"`
		Region           sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
	}
	sarifLogical struct {
		FullyQualifiedName string `json:"fullyQualifiedName"`
		Kind               string `json:"kind"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification,omitempty"`
	}
)
