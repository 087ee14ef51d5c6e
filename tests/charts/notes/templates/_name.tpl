{{ define "notes.name" }}{{ .Chart.Name }}{{ end }}
this text goes nowhere
