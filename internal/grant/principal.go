package grant

import (
	"regexp"
	"strings"
)

// An Account is one AWS account of the company.
type Account struct {
	Name      string
	ID        string // 12 digits
	Region    string
	Partition string // aws, aws-cn, aws-us-gov or aws-eusc
	External  bool   // the bot prints the grantee half instead of writing it
}

// A Principal is the IAM user or role that receives access.
type Principal struct {
	ARN       string
	AccountID string // the grantee account
	Account   string // its name in the config
	Kind      string // KindUser or KindRole
	Name      string // without its path
	UniqueID  string // AIDA… or AROA…, from AWS at the request; a later principal of the same name differs
	Subject   string // a narrower subject, such as a session's source identity; unused
	External  bool   // that account's admin manages the grantee half
}

// The kinds of principal that can receive access.
const (
	KindUser = "user"
	KindRole = "role"
)

var (
	iamName = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)
	arnIAM  = regexp.MustCompile(`^arn:([a-z-]+):iam::([0-9]{12}):(.+)$`)
	// identityCenter finds the permission set in the ARN of its role. The path
	// may contain the region of Identity Center.
	identityCenter = regexp.MustCompile(`:role/aws-reserved/sso\.amazonaws\.com/(?:[a-z0-9-]+/)?` +
		`AWSReservedSSO_([\w+=,.@-]+)_[0-9a-f]{16}$`)
	principalHint = "Name an IAM user or role, like `build/test.user`, `build/role/deployer` or its ARN."
)

// ParsePrincipal reads a principal as typed: an ARN, or account/user or
// account/role/name with the account's name in the config. Principals that a
// bucket policy could name but a grant may not are refused, each with its
// reason.
func ParsePrincipal(s string, accounts []Account) (Principal, error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return Principal{}, Refuse("The IAM user or role is missing.").WithHint("%s", principalHint)
	case s == "*":
		return Principal{}, Refuse("Access can't be shared with everybody.").WithHint("%s", principalHint)
	case strings.HasPrefix(s, "arn:"):
		return parseARN(s, accounts)
	}
	account, name, ok := strings.Cut(s, "/")
	if !ok {
		return Principal{}, Refuse("%q is not an IAM user or role.", clip(s, 80)).WithHint("%s", principalHint)
	}
	for _, a := range accounts {
		if !strings.EqualFold(a.Name, account) {
			continue
		}
		return parseName(a, name)
	}
	return Principal{}, Refuse("s3share has no account called %q.", clip(account, 64)).
		WithHint("The accounts are %s.", accountNames(accounts))
}

// parseName reads the part after an account's name. The words for kinds match
// in any case: Role/deployer must not become the user deployer.
func parseName(a Account, s string) (Principal, error) {
	kind, rest, ok := strings.Cut(s, "/")
	if !ok {
		return newPrincipal(a, KindUser, s)
	}
	switch strings.ToLower(kind) {
	case KindUser, KindRole:
		return newPrincipal(a, strings.ToLower(kind), rest)
	case "group":
		return Principal{}, refuseGroup()
	case "assumed-role":
		return Principal{}, refuseSession(s)
	}
	return newPrincipal(a, KindUser, s)
}

func refuseGroup() *Refusal {
	return Refuse("S3 can't give access to an IAM group.").WithHint("Name one of its users.")
}

func refuseSession(s string) *Refusal {
	return Refuse("%s is a temporary session of a role.", clip(s, 120)).
		WithHint("Name the role itself.")
}

// managedByAWS reports whether AWS manages the role, so that the company cannot
// attach a policy to it.
func managedByAWS(arn string) bool {
	return strings.Contains(arn, ":role/aws-service-role/") ||
		strings.Contains(arn, ":role/aws-reserved/") && !identityCenter.MatchString(arn)
}

// PermissionSet returns the permission set of the role p, "" for any other
// principal. The grantee half of such a role is permanent: the permission set
// carries the policy, and the bot neither attaches nor detaches it.
func (p Principal) PermissionSet() string {
	if m := identityCenter.FindStringSubmatch(p.ARN); m != nil {
		return m[1]
	}
	return ""
}

// NotInPermissionSet refuses the role of a permission set that does not carry
// the policy, and explains how to add it.
func NotInPermissionSet(p Principal) *Refusal {
	set := p.PermissionSet()
	return Refuse("The permission set %s lacks the customer managed policy "+
		"/s3share/s3share in %s, and only Identity Center can change %s.", set, p.Account, clip(p.Name, 64)).
		WithHint("An administrator of Identity Center can add it: 1. deploy grantee-account.yml in every account that has "+
			"the permission set, which makes the policy; "+
			"2. in Identity Center, open Permission sets, %s, Customer managed policies, Attach policies; "+
			"3. enter the name s3share and the path /s3share/; 4. attach it, and provision the accounts again if Identity "+
			"Center asks.", set)
}

func refuseManaged(name string) *Refusal {
	return Refuse("AWS manages the role %s, so it can't be given access.", clip(name, 64)).
		WithHint("Name a role of your own.")
}

func parseARN(s string, accounts []Account) (Principal, error) {
	if strings.Contains(s, ":sts::") && strings.Contains(s, ":assumed-role/") {
		return Principal{}, refuseSession(s)
	}
	m := arnIAM.FindStringSubmatch(s)
	if m == nil {
		return Principal{}, Refuse("%q is not the ARN of an IAM user or role.", clip(s, 120)).WithHint("%s", principalHint)
	}
	partition, id, resource := m[1], m[2], m[3]
	kind, path, _ := strings.Cut(resource, "/")
	switch {
	case resource == "root":
		return Principal{}, Refuse("That is a whole account: everybody in it would have access.").
			WithHint("%s", principalHint)
	case kind == "group":
		return Principal{}, refuseGroup()
	case kind != KindUser && kind != KindRole:
		return Principal{}, Refuse("%q is not the ARN of an IAM user or role.", clip(s, 120)).WithHint("%s", principalHint)
	}
	for _, a := range accounts {
		if a.ID != id {
			continue
		}
		if a.Partition != partition {
			return Principal{}, Refuse("%s is in the partition %s, and the account %s is in %s.", clip(s, 120), partition,
				a.Name, a.Partition).
				WithHint("%s", principalHint)
		}
		return newPrincipal(a, kind, path)
	}
	return Principal{}, Refuse("s3share can't give access to the account %s.", id).
		WithHint("The accounts are %s.", accountNames(accounts))
}

// newPrincipal makes a principal from a name, which may have a path.
func newPrincipal(a Account, kind, path string) (Principal, error) {
	name := path[strings.LastIndex(path, "/")+1:]
	if !iamName.MatchString(name) || strings.ContainsAny(path, "*?${} ") || strings.Contains("/"+path, "//") {
		return Principal{}, Refuse("%q is not the name of an IAM %s.", clip(path, 120), kind).WithHint("%s", principalHint)
	}
	for _, c := range path {
		if c <= ' ' || c > '~' {
			return Principal{}, Refuse("%q is not the name of an IAM %s.", clip(path, 120), kind).WithHint("%s", principalHint)
		}
	}
	arn := "arn:" + a.Partition + ":iam::" + a.ID + ":" + kind + "/" + path
	if managedByAWS(arn) {
		return Principal{}, refuseManaged(name)
	}
	if a.External && kind == KindRole && path == name && strings.HasPrefix(name, "AWSReservedSSO_") {
		return Principal{}, Refuse("%s is a role of Identity Center, and s3share can't look up its path in "+
			"the account %s.", name,
			a.Name).
			WithHint("Name it by its ARN, which has `role/aws-reserved/sso.amazonaws.com/` in it.")
	}
	return Principal{ARN: arn, AccountID: a.ID, Account: a.Name, Kind: kind, Name: name, External: a.External}, nil
}

// partitionOf returns the partition of an ARN.
func partitionOf(arn string) string {
	if part := strings.SplitN(arn, ":", 3); len(part) == 3 {
		return part[1]
	}
	return ""
}

func accountNames(accounts []Account) string {
	names := make([]string, len(accounts))
	for i, a := range accounts {
		names[i] = a.Name
	}
	if len(names) == 0 {
		return "none: the config names no account"
	}
	return strings.Join(names, ", ")
}

// PrincipalKey returns the same text for every spelling of one user's or role's
// ARN: without the path, in lower case. IAM has no two that differ in these
// alone.
func PrincipalKey(arn string) string {
	kind, path, _ := strings.Cut(arn, "/")
	return strings.ToLower(kind + "/" + path[strings.LastIndex(path, "/")+1:])
}
