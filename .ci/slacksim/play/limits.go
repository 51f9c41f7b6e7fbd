package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
)

// printLimits prints the constants in a file, which must be whole numbers.
func printLimits(path string) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		return err
	}
	out := map[string]int{}
	for _, d := range file.Decls {
		consts, ok := d.(*ast.GenDecl)
		if !ok || consts.Tok != token.CONST {
			continue
		}
		for _, s := range consts.Specs {
			spec := s.(*ast.ValueSpec)
			lit, ok := spec.Values[0].(*ast.BasicLit)
			if !ok {
				return fmt.Errorf("%s is not a number", spec.Names[0].Name)
			}
			n, err := strconv.Atoi(strings.ReplaceAll(lit.Value, "_", ""))
			if err != nil {
				return fmt.Errorf("%s: %w", spec.Names[0].Name, err)
			}
			out[spec.Names[0].Name] = n
		}
	}
	return json.NewEncoder(os.Stdout).Encode(out)
}
