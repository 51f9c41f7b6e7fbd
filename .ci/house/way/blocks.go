package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// A block is a range of one file, whose statements run together.
type block struct {
	file     string // from the module's root
	from, to position
}

type position struct{ line, column int }

func (p position) before(q position) bool {
	return p.line < q.line || p.line == q.line && p.column < q.column
}

// counts has how often each block ran.
type counts map[block]int

// readProfile reads the text form of a coverage profile.
func readProfile(name string) (counts, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	all := counts{}
	for line := range strings.Lines(string(data)) {
		file, rest, ok := strings.Cut(strings.TrimPrefix(line, module), ":")
		if !ok || file == "mode" || !strings.HasPrefix(file, "internal/") || strings.HasPrefix(file, "internal/sim/") {
			continue
		}
		b := block{file: file}
		var statements, n int
		if _, err := fmt.Sscanf(rest, "%d.%d,%d.%d %d %d", &b.from.line, &b.from.column, &b.to.line, &b.to.column,
			&statements, &n); err != nil {
			return nil, fmt.Errorf("%s: %q: %w", name, line, err)
		}
		all[b] += n
	}
	return all, nil
}

// blocksOnTheWay returns the blocks that ran more often in each run of the way
// than in any idle run, by file and in order.
func blocksOnTheWay(way, idle []counts) map[string][]block {
	all := map[string][]block{}
	for b, least := range way[0] {
		for _, c := range way[1:] {
			least = min(least, c[b])
		}
		most := 0
		for _, c := range idle {
			most = max(most, c[b])
		}
		if least > most {
			all[b.file] = append(all[b.file], b)
		}
	}
	for _, blocks := range all {
		slices.SortFunc(blocks, func(a, b block) int {
			if a.from.before(b.from) {
				return -1
			}
			return 1
		})
	}
	return all
}
