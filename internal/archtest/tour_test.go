package archtest

import (
	"fmt"
	"path"
	"regexp"
	"slices"
)

// smallPackage is the number of files that a reader finds without a tour.
const smallPackage = 5

var fileInTour = regexp.MustCompile(`[\w*]+\.go\b`)

// tourFaults finds files that their package's comment does not name. A pattern such as
// s3_*.go names several. A package of up to smallPackage files needs no tour.
func tourFaults(tree []source) (faults []string) {
	files, tours := map[string][]string{}, map[string][]string{}
	for _, s := range product(tree) {
		files[s.dir()] = append(files[s.dir()], s.path)
		if s.file.Doc != nil {
			tours[s.dir()] = append(tours[s.dir()], path.Base(s.path))
			tours[s.dir()] = append(tours[s.dir()], fileInTour.FindAllString(s.file.Doc.Text(), -1)...)
		}
	}
	for dir, all := range files {
		if len(all) <= smallPackage {
			continue
		}
		for _, file := range all {
			isNamed := func(name string) bool {
				ok, err := path.Match(name, path.Base(file))
				return ok && err == nil
			}
			if !slices.ContainsFunc(tours[dir], isNamed) {
				faults = append(faults, fmt.Sprintf("%s is not in its package's tour: name it in the package comment (mostly doc.go)", file))
			}
		}
	}
	return faults
}
