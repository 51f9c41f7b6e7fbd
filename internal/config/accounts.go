package config

import (
	"regexp"
	"strings"

	"s3share/internal/grant"
)

var (
	// accountName is the part before the slash in build/test.user.
	accountName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	accountID   = regexp.MustCompile(`^[0-9]{12}$`)
	regionName  = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]{1,2}$`)

	// https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html
	roleARN = regexp.MustCompile(`^arn:(aws|aws-cn|aws-us-gov|aws-eusc):iam::([0-9]{12}):` +
		`role/([!-~]{1,510}/)?[\w+=,.@-]{1,64}$`)

	// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html: 2 to 1224 characters
	externalID = regexp.MustCompile(`^[\w+=,.@:/-]+$`)
)

func (b *builder) buildAccounts() {
	before := len(b.p.all)
	var ambient []string
	names, ids := map[string]mark{}, map[string]mark{}
	for _, a := range b.Accounts {
		a.checkName(b.p, names)
		a.checkID(b.p, ids)
		account := Account{Name: a.Name.v, ID: a.ID.v, Region: a.Region.v, Role: a.Role.v, ExternalID: a.ExternalID.v}
		account.Partition = a.checkRole(b.p)
		a.checkRegion(b.p, &account)
		a.checkExternalID(b.p)
		switch {
		case a.Identity.or("group") == "external":
			account.External = true
		case a.Identity.or("group") != "group":
			b.p.add(a.Identity.mark, "identity is %q: write group, or external if the account's admin attaches the policies "+
				"by hand", clip(a.Identity.v))
		}
		if account.Role == "" && !account.External {
			if ambient = append(ambient, clip(account.Name)); len(ambient) == 2 {
				b.p.warn(a.mark, "%s and %s have no role, but the bot's own credentials are for one account only: give one of "+
					"them a role", ambient[0], ambient[1])
			}
		}
		b.c.Accounts = append(b.c.Accounts, account)
		b.c.Rules.Accounts = append(b.c.Rules.Accounts, grant.Account{Name: account.Name, ID: account.ID,
			Region: account.Region, Partition: account.Partition, External: account.External})
		if account.Role != "" {
			b.c.Rules.BotARNs = append(b.c.Rules.BotARNs, account.Role)
		}
	}
	b.badAccounts = len(b.p.all) > before
}

func (a account) checkName(p *problems, seen map[string]mark) {
	lower := strings.ToLower(a.Name.v) // people type it in any case
	first, twice := seen[lower]
	switch {
	case !a.Name.ok:
		missing(p, a.Name, "name is missing: give the account a short name, like name: build")
	case !accountName.MatchString(a.Name.v):
		p.add(a.Name.mark, "%q cannot be the name of an account: use letters, digits, dots, hyphens and underscores, "+
			"like build", clip(a.Name.v))
	case twice:
		p.add(a.Name.mark, "the account %s is listed already, at %s: give this one another name", a.Name.v, first.brief())
	default:
		seen[lower] = a.Name.mark
	}
}

func (a account) checkID(p *problems, seen map[string]mark) {
	first, twice := seen[a.ID.v]
	switch {
	case !a.ID.ok:
		missing(p, a.ID, `id is missing: give the account's 12 digits in quotes, like id: "111111111111"`)
	case !accountID.MatchString(a.ID.v):
		p.add(a.ID.mark, `%q is not the id of an AWS account: it has 12 digits, in quotes, like "111111111111"`,
			clip(a.ID.v))
	case twice:
		p.add(a.ID.mark, "the account id %s is listed already, at %s: list each account once", a.ID.v, first.brief())
	default:
		seen[a.ID.v] = a.ID.mark
	}
}

// checkRole returns the partition of the role; "" without a role.
func (a account) checkRole(p *problems) string {
	if !a.Role.ok {
		return ""
	}
	m := roleARN.FindStringSubmatch(a.Role.v)
	switch {
	case m == nil:
		p.add(a.Role.mark, "%q is not the ARN of an IAM role: write it like arn:aws:iam::111111111111:role/s3share",
			clip(a.Role.v))
		return ""
	case accountID.MatchString(a.ID.v) && m[2] != a.ID.v:
		p.add(a.Role.mark, "the role is in account %s, but this account is %s: use a role in this account", m[2], a.ID.v)
	}
	return m[1]
}

// checkRegion also sets the partition of an account without a role.
func (a account) checkRegion(p *problems, account *Account) {
	partition, ok := partitionOf(p, a.Region)
	if !ok {
		return
	}
	switch {
	case account.Partition == "":
		account.Partition = partition
	case a.Region.ok && account.Partition != partition:
		p.add(a.Region.mark, "the region %s is in the partition %s, but the role is in %s: correct one of them",
			a.Region.v, partition, account.Partition)
	}
}

// partitionOf returns the partition of a region: aws without a region. It
// reports false for a region that cannot be used.
func partitionOf(p *problems, region found[string]) (partition string, ok bool) {
	switch {
	case !region.ok:
	case !regionName.MatchString(region.v):
		p.add(region.mark, "%q is not a region of AWS: write it like us-east-1, or leave it out", clip(region.v))
		return "", false
	case strings.Contains(region.v, "-iso"): // us-iso, us-isob, us-isof, eu-isoe
		p.add(region.mark, "the region %s is in an isolated partition, which s3share does not support: use a region of "+
			"aws, aws-cn, aws-us-gov or aws-eusc", region.v)
		return "", false
	case strings.HasPrefix(region.v, "cn-"):
		return "aws-cn", true
	case strings.HasPrefix(region.v, "us-gov-"):
		return "aws-us-gov", true
	case strings.HasPrefix(region.v, "eusc-"):
		return "aws-eusc", true
	}
	return "aws", true
}

func (a account) checkExternalID(p *problems) {
	id := a.ExternalID
	switch {
	case !id.ok:
	case len(id.v) < 2 || len(id.v) > 1224:
		p.add(id.mark, "external_id has %d characters: use 2 to 1224", len(id.v))
	case !externalID.MatchString(id.v):
		p.add(id.mark, "external_id has a character that AWS does not accept: use letters, digits and any of _+=,.@:/-")
	case !a.Role.ok:
		p.add(id.mark, "external_id has no effect without a role: add the role or remove external_id")
	}
}

// missing reports a required value that was left out. A value that was
// unreadable has been reported before.
func missing[T any](p *problems, f found[T], sentence string) {
	if !f.ok && !f.bad {
		p.add(f.mark, "%s", sentence)
	}
}
