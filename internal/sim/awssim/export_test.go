package awssim

import "slices"

// Operations returns the names of all modelled operations.
func Operations() []string {
	return slices.Concat(sortedKeys(iamOps), sortedKeys(s3Ops), sortedKeys(stsOps), []string{"DescribeKey"})
}
