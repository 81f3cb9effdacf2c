// Asks a policy in CEL about objects, as Kubernetes would: variables in their order, then each validation. Reads one JSON value from standard
// input, {"variables": [{"name", "expression"}], "validations": [expression], "objects": [object]}, and prints for each object a line with the
// numbers of the validations that do not hold.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/ext"
)

type named struct {
	Name, Expression string
}

func main() {
	log.SetFlags(0)
	var asked struct {
		Variables   []named
		Validations []string
		Objects     []map[string]any
	}
	must(json.NewDecoder(os.Stdin).Decode(&asked))
	env, err := cel.NewEnv(cel.OptionalTypes(), ext.Strings(ext.StringsVersion(2)),
		cel.Variable("object", cel.DynType), cel.Variable("variables", cel.MapType(cel.StringType, cel.DynType)))
	must(err)
	compiled := func(expression string) cel.Program {
		tree, issues := env.Compile(expression)
		must(issues.Err())
		program, err := env.Program(tree)
		must(err)
		return program
	}
	for _, object := range asked.Objects {
		variables := map[string]any{}
		activation := map[string]any{"object": object, "variables": variables}
		for _, variable := range asked.Variables {
			value, _, err := compiled(variable.Expression).Eval(activation)
			must(err)
			variables[variable.Name] = value
		}
		for number, validation := range asked.Validations {
			holds, _, err := compiled(validation).Eval(activation)
			must(err)
			if holds.Value() != true {
				fmt.Print(number, " ")
			}
		}
		fmt.Println()
	}
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
