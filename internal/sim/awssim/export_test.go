package awssim

import "slices"

// Operations are all that the simulator models.
func Operations() []string {
	return slices.Concat(sortedKeys(iamOps), sortedKeys(s3Ops), sortedKeys(stsOps), []string{"DescribeKey"})
}
