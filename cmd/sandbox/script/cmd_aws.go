package script

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"s3share/cmd/sandbox/world"
	"s3share/internal/sim/awssim"
)

// accounts check and change AWS, as its administrators do.
type accounts struct {
	w      *world.World
	screen screen
	saved  map[string]string // policies by bucket
}

// can waits until AWS's decision is as expected.
func (a accounts) can(ctx context.Context, line step) error {
	f := strings.Fields(line.rest)
	if len(f) != 3 {
		return errors.New("usage: can WHO ACTION BUCKET/KEY, like can build/test.user s3:GetObject " +
			"my-shared-bucket-20932/builds/a.txt")
	}
	bucket, key, _ := strings.Cut(f[2], "/")
	if line.answers {
		d := a.w.AWS.Can(f[0], f[1], bucket, key)
		fmt.Fprintf(line.out, "  %s: %s\n", map[bool]string{true: "yes", false: "no"}[d.Allowed], d.Why)
		return nil
	}
	return until(ctx, func() (bool, string) {
		d := a.w.AWS.Can(f[0], f[1], bucket, key)
		if d.Allowed == line.wanted {
			fmt.Fprintln(line.out, "  "+d.Why)
		}
		return d.Allowed == line.wanted, d.Why
	})
}

// holds waits until the group of the grantee account has a member, or has none.
func (a accounts) holds(ctx context.Context, line step) error {
	_, user, _ := strings.Cut(line.rest, " ")
	return until(ctx, func() (bool, string) {
		members := a.w.Grantee().Members("s3share")
		in := len(members) > 0
		if user != "" {
			in = slices.Contains(members, user)
		}
		return in == line.wanted, fmt.Sprint("the group has ", members)
	})
}

func (a accounts) attached(ctx context.Context, line step) error {
	return until(ctx, func() (bool, string) {
		arns := a.w.Grantee().Attached(line.rest)
		ours := func(arn string) bool { return strings.HasSuffix(arn, "policy/s3share/s3share") }
		return slices.ContainsFunc(arns, ours) == line.wanted, fmt.Sprint("the role has ", arns)
	})
}

func (a accounts) calls(_ context.Context, line step) error {
	if line.rest == "forget" {
		a.w.AWS.ResetCalls()
		return nil
	}
	return compare(line.rest, func(op, _ string) int { return countCalls(a.w, op) })
}

// sweeps waits for two more full passes of the bot, so that all due work is
// done.
func (a accounts) sweeps(ctx context.Context, _ step) error {
	before := countCalls(a.w, "GetGroup") // the last call of a pass
	return until(ctx, func() (bool, string) { return countCalls(a.w, "GetGroup") >= before+2, "the bot does not sweep" })
}

// writes are the calls that change access.
var writes = []string{"PutBucketPolicy", "DeleteBucketPolicy", "AddUserToGroup", "RemoveUserFromGroup",
	"AttachRolePolicy", "DetachRolePolicy"}

// countCalls counts the calls of an AWS operation, a Slack method, or all
// writes of AWS.
func countCalls(w *world.World, op string) (n int) {
	switch {
	case strings.Contains(op, "."):
		return w.Slack.Count(op)
	case op != "writes":
		return w.AWS.Count(op)
	}
	for _, one := range writes {
		n += w.AWS.Count(one)
	}
	return n
}

func (a accounts) bucket(_ context.Context, line step) error {
	name, option, _ := strings.Cut(line.rest, " ")
	if name == "delete" {
		a.w.Owner().DeleteBucket(option)
		return nil
	}
	o := awssim.BucketOptions{}
	alias, named := strings.CutPrefix(option, "kms ")
	grantee, shared := strings.CutPrefix(option, "acl ")
	switch {
	case named:
		o.KMSKeyARN = alias
	case shared:
		o.Ownership, o.Grants = "ObjectWriter", []awssim.ACLGrant{{Grantee: grantee, Permission: "READ"}}
	case option == "requester pays":
		o.RequesterPays = true
	case option == "abac":
		o.ABAC = true
	case option == "kms":
		o.KMSKeyARN = a.w.Owner().Key("us-east-1", false)
	case strings.Contains(option, "-"):
		o.Region = option
	default:
		o.Ownership = option
	}
	a.w.Owner().Bucket(name, o)
	a.w.Owner().PutObject(name, "builds/a.txt", []byte("hello"))
	return nil
}

func (a accounts) user(_ context.Context, line step) error {
	f := append(strings.Fields(line.rest), "", "", "")
	switch f[0] {
	case "add":
		a.w.Grantee().User(f[1])
	case "delete":
		a.w.Grantee().DeleteUser(f[1])
	case "rename":
		a.w.Grantee().RenameUser(f[1], f[2])
	case "groups":
		n, _ := strconv.Atoi(f[2])
		for i := range n {
			group := fmt.Sprintf("other%d", i)
			a.w.Grantee().Group("/", group, "")
			a.w.Grantee().Join(f[1], group)
		}
	case "leaves":
		a.w.Grantee().Leave(f[1], "s3share")
	case "bounded":
		a.w.Grantee().Boundary(f[1], a.w.Grantee().ManagedPolicy("/", "limit", readsOnly))
	default:
		return errors.New("usage: user add NAME, user delete NAME, user rename NAME NEW, user groups NAME N, user " +
			"leaves NAME, or user bounded NAME")
	}
	return nil
}

func (a accounts) role(_ context.Context, line step) error {
	f := append(strings.Fields(line.rest), "", "", "")
	switch f[0] {
	case "delete":
		a.w.Grantee().DeleteRole(f[1])
	case "policies":
		n, _ := strconv.Atoi(f[2])
		for i := range n {
			a.w.Grantee().AttachToRole(f[1], a.w.Grantee().ManagedPolicy("/", fmt.Sprintf("other%d", i), nothing))
		}
	case "sso": // named as Identity Center names the role of a permission set
		account := a.w.Grantee()
		if f[1] == "partner" {
			account = a.w.Partner()
		}
		account.Role("aws-reserved/sso.amazonaws.com/"+f[2], samlOnly)
	case "carries":
		a.w.Grantee().AttachToRole(f[1], granteePolicy)
	case "lacks":
		a.w.Grantee().DetachFromRole(f[1], granteePolicy)
	default:
		return errors.New("usage: role delete NAME, role policies NAME N, role sso build|partner NAME, role carries " +
			"NAME, or role lacks NAME")
	}
	return nil
}

const granteePolicy = "arn:aws:iam::111111111111:policy/s3share/s3share"

const samlOnly = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
	`"Principal":{"Federated":"arn:aws:iam::111111111111:saml-provider/AWSSSO"},"Action":"sts:AssumeRoleWithSAML"}]}`

const readsOnly = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*"],` +
	`"Resource":"*"}]}`

const nothing = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:DeleteBucket","Resource":"*"}]}`
