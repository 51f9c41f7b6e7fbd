package policy

// maxDiffTable limits the memory of a diff, in pairs of lines.
const maxDiffTable = 1 << 20

// DiffLines returns a line diff in order: removed lines with "- ", added lines
// with "+ ", and lines of both texts once, with two spaces. If thousands of
// lines differ, the lines from the first difference to the last are all shown
// as replaced.
//
// It is in this package, which may import no other, and also serves the audit
// entry about a changed config.
func DiffLines(before, after []string) []string {
	head := 0
	for head < min(len(before), len(after)) && before[head] == after[head] {
		head++
	}
	diff := marked(nil, "  ", before[:head])
	before, after = before[head:], after[head:]
	if len(before)*len(after) <= maxDiffTable {
		return diffByTable(diff, before, after)
	}
	i, j := len(before), len(after)
	for i > 0 && j > 0 && before[i-1] == after[j-1] {
		i, j = i-1, j-1
	}
	if i*j <= maxDiffTable {
		diff = diffByTable(diff, before[:i], after[:j])
	} else {
		diff = marked(marked(diff, "- ", before[:i]), "+ ", after[:j])
	}
	return marked(diff, "  ", before[i:])
}

// marked appends lines to a diff.
func marked(diff []string, mark string, lines []string) []string {
	for _, line := range lines {
		diff = append(diff, mark+line)
	}
	return diff
}

// diffByTable appends the shortest diff.
func diffByTable(diff, before, after []string) []string {
	common := commonLines(before, after)
	i, j := 0, 0
	for i < len(before) || j < len(after) {
		switch {
		case i < len(before) && j < len(after) && before[i] == after[j]:
			diff = append(diff, "  "+before[i])
			i, j = i+1, j+1
		case j == len(after) || i < len(before) && common[i+1][j] >= common[i][j+1]:
			diff = append(diff, "- "+before[i])
			i++
		default:
			diff = append(diff, "+ "+after[j])
			j++
		}
	}
	return diff
}

// commonLines returns, at [i][j], the number of lines that before[i:] and
// after[j:] have in common.
func commonLines(before, after []string) [][]int {
	common := make([][]int, len(before)+1)
	common[len(before)] = make([]int, len(after)+1)
	for i := len(before) - 1; i >= 0; i-- {
		common[i] = make([]int, len(after)+1)
		for j := len(after) - 1; j >= 0; j-- {
			if before[i] == after[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	return common
}
