package awssim

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	entityName = regexp.MustCompile(`^[\w+=,.@-]+$`)
	entityPath = regexp.MustCompile(`^(/|/[\x21-\x7e]+/)$`)
	pathPrefix = regexp.MustCompile(`^/[\x21-\x7e]*$`)
	maxName    = map[string]int{"UserName": 128, "NewUserName": 64, "RoleName": 64, "GroupName": 128, "PolicyName": 128}
)

// checkParams refuses a request with missing parameters, or with impossible
// names, paths or ARNs.
func checkParams(q *request, needs string) *apiError {
	for _, field := range strings.Fields(needs) {
		if !q.params.Has(field) {
			return validation("1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must "+
				"not be null", camel(field))
		}
	}
	for _, field := range sortedKeys(q.params) {
		v, name := q.params.Get(field), camel(field)
		longest, isName := maxName[field]
		if q.op == "CreateUser" && field == "UserName" {
			longest = maxName["NewUserName"] // reads accept names longer than a user can have
		}
		switch {
		case isName && len(v) > longest:
			return validation("1 validation error detected: Value at '%s' failed to satisfy constraint: Member must have "+
				"length less than or equal to %d", name, longest)
		case isName && !entityName.MatchString(v):
			return validation("The specified value for %s is invalid. It must contain only alphanumeric characters "+
				"and/or the following: +=,.@_-", name)
		case (field == "Path" || field == "NewPath") && (len(v) > 512 || !entityPath.MatchString(v)):
			return validation("The specified value for %s is invalid. It must begin and end with / and contain only "+
				"alphanumeric characters and/or / characters.", name)
		case field == "PathPrefix" && (len(v) > 512 || !pathPrefix.MatchString(v)):
			return validation("The specified value for pathPrefix is invalid. It must begin with / and contain only " +
				"alphanumeric characters and/or / characters.")
		case field == "PolicyArn" && (len(v) < 20 || len(v) > 2048 || !strings.HasPrefix(v, "arn:")):
			return validation("ARN %s is not valid.", v)
		}
	}
	return nil
}

// camel is the form of a parameter's name in IAM's messages.
func camel(field string) string { return lower(field[:1]) + field[1:] }

func validation(format string, args ...any) *apiError {
	return &apiError{status: 400, code: "ValidationError", message: fmt.Sprintf(format, args...)}
}

func noSuch(format string, args ...any) *apiError {
	return &apiError{status: 404, code: "NoSuchEntity", message: fmt.Sprintf(format, args...)}
}

func conflict(code, format string, args ...any) *apiError {
	return &apiError{status: 409, code: code, message: fmt.Sprintf(format, args...)}
}

// page returns one page of at most n sorted names after the marker. next is
// empty on the last page.
func page(names []string, marker string, n int) (page []string, next string, err error) {
	if marker != "" {
		after, err := base64.URLEncoding.DecodeString(marker)
		if err != nil {
			return nil, "", errors.New("The marker is not one that was returned.")
		}
		at, found := slices.BinarySearch(names, string(after))
		if found {
			at++
		}
		names = names[at:]
	}
	if len(names) <= n || n == 0 {
		return names[:min(n, len(names))], "", nil
	}
	return names[:n], base64.URLEncoding.EncodeToString([]byte(names[n-1])), nil
}

// pageSize returns the caller's page size, or the world's, or the default. It
// is false if the caller's is not a number from least to most.
func (c *core) pageSize(named string, byDefault, least, most int) (n int, ok bool) {
	switch {
	case named != "":
		n, err := strconv.Atoi(named)
		return n, err == nil && n >= least && n <= most
	case c.cfg.PageSize > 0:
		return c.cfg.PageSize, true
	}
	return byDefault, true
}

// A pageEnd has the fields at the end of each IAM list.
type pageEnd struct {
	IsTruncated bool
	Marker      string `xml:",omitempty"`
}

// iamPage is page with IAM's parameters and errors.
func (i *iamService) iamPage(names []string, q *request) ([]string, pageEnd, *apiError) {
	size := q.params.Get("MaxItems")
	n, ok := i.pageSize(size, 100, 1, 1000)
	if !ok {
		return nil, pageEnd{}, validation(
			"1 validation error detected: Value '%s' at 'maxItems' failed to satisfy constraint: Member must be a number "+
				"from 1 to 1000", size)
	}
	names, next, err := page(names, q.params.Get("Marker"), n)
	if err != nil {
		return nil, pageEnd{}, validation("%s", err)
	}
	return names, pageEnd{next != "", next}, nil
}
