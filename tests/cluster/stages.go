package main

import (
	"embed"
	"encoding/json"
	"path"
	"strings"
)

//go:embed stages
var stageFiles embed.FS

// stages returns kwok's configuration: stages.yaml with each @name@ replaced by the file of that
// name, as a quoted string.
func stages() (string, error) {
	entries, err := stageFiles.ReadDir("stages")
	if err != nil {
		return "", err
	}
	var pairs []string
	for _, entry := range entries {
		name := entry.Name()
		text, err := stageFiles.ReadFile("stages/" + name)
		if err != nil {
			return "", err
		}
		quoted, err := json.Marshal(string(text))
		if err != nil {
			return "", err
		}
		pairs = append(pairs, "@"+strings.TrimSuffix(name, path.Ext(name))+"@", string(quoted))
	}
	frame, err := stageFiles.ReadFile("stages/stages.yaml")
	return strings.NewReplacer(pairs...).Replace(string(frame)), err
}
