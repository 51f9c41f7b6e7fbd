package reconcile

import (
	"context"
	"slices"
	"strings"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/sim/awssim"
)

const (
	ownerID   = "222222222222"
	granteeID = "111111111111"
	groupOf   = "s3share"
	botARN    = "arn:aws:iam::111111111111:role/runner" // the bot's identity
)

// aws is an [Access] on a simulated AWS, without HTTP. It counts, breaks and delays calls, and can
// run another writer in the middle of a call.
type aws struct {
	*awssim.World
	b              *bench
	nonprod, build *awssim.Account
	buckets        map[string]bool
	facts          awsaccess.Facts
	others, most   int               // other groups or policies of every principal, and their limit
	boundary       string            // of every principal
	renamed        map[string]string // the ARN of a name, if it differs from the plain one
	ahead          time.Duration     // of the bot's clock
	calls          []string
	errs           map[string]error  // errors by operation, without an effect
	lag            time.Duration     // how long reads are stale
	stale          map[string]string // the stale reads
	staleUntil     time.Time
	memberUntil    map[string]time.Time // likewise of a membership, by ARN
	around         map[string]func()    // called in the middle of an operation, before its effect
}

func newAWS(b *bench) *aws {
	a := &aws{most: 10, World: awssim.New(awssim.Config{Now: b.clock.now}), b: b, buckets: map[string]bool{}, renamed: map[string]string{},
		errs: map[string]error{}, stale: map[string]string{}, memberUntil: map[string]time.Time{}, around: map[string]func(){}, facts: awsaccess.Facts{Region: "us-east-1", Enforced: true}}
	a.nonprod, a.build = a.Account(ownerID, "nonprod"), a.Account(granteeID, "build")
	half := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"s3:ResourceAccount":"222222222222"}}}]}`
	a.build.Group("/s3share/", groupOf, half)
	a.build.ManagedPolicy("/s3share/", "s3share", half)
	return a
}

func (a *aws) bucket(name string) {
	a.nonprod.Bucket(name, awssim.BucketOptions{})
	a.buckets[name] = true
}

func awsErr(c awsaccess.Class, op, code, message string) error {
	return &awsaccess.Error{Class: c, Op: op, Account: "nonprod", Code: code, Message: message}
}

// call makes one call: act has the effect, unless a fault prevents it.
func (a *aws) call(op string, write bool, act func() error) error {
	a.b.mu.Lock()
	defer a.b.mu.Unlock()
	a.calls = append(a.calls, op)
	if f := a.around[op]; f != nil {
		delete(a.around, op)
		f()
	}
	if err := a.errs[op]; err != nil {
		return err
	}
	return a.b.awsCall(op, write, act)
}

func (a *aws) count(ops ...string) (n int) {
	a.b.mu.Lock()
	defer a.b.mu.Unlock()
	for _, c := range a.calls {
		if slices.Contains(ops, c) {
			n++
		}
	}
	return n
}

func (a *aws) writes() int {
	return a.count("PutBucketPolicy", "DeleteBucketPolicy", "Join", "Leave")
}

func (a *aws) BucketPolicy(_ context.Context, b grant.Bucket) (text string, err error) {
	err = a.call("GetBucketPolicy", false, func() error {
		if !a.buckets[b.Name] {
			return awsErr(awsaccess.Gone, "GetBucketPolicy", "NoSuchBucket", "The specified bucket does not exist")
		}
		text = a.nonprod.Policy(b.Name)
		if old, has := a.stale[b.Name]; has && a.b.clock.now().Before(a.staleUntil) {
			text = old
		}
		return nil
	})
	if err != nil {
		text = ""
	}
	return text, err
}

func (a *aws) PutBucketPolicy(_ context.Context, b grant.Bucket, text string) error {
	return a.write("PutBucketPolicy", b, text)
}

func (a *aws) DeleteBucketPolicy(_ context.Context, b grant.Bucket) error {
	return a.write("DeleteBucketPolicy", b, "")
}

func (a *aws) write(op string, b grant.Bucket, text string) error {
	return a.call(op, true, func() error {
		if !a.buckets[b.Name] {
			return awsErr(awsaccess.Gone, op, "NoSuchBucket", "The specified bucket does not exist")
		}
		before := a.nonprod.Policy(b.Name)
		err := a.nonprod.SetPolicy(b.Name, text)
		if err != nil {
			class, code := awsaccess.Malformed, "MalformedPolicy"
			if strings.HasPrefix(err.Error(), "PolicyTooLarge") {
				class, code = awsaccess.MembershipLimit, "PolicyTooLarge"
			}
			return awsErr(class, op, code, strings.TrimPrefix(err.Error(), code+": "))
		}
		if now := a.b.clock.now(); a.lag > 0 && a.nonprod.Policy(b.Name) != before {
			if now.After(a.staleUntil) { // otherwise reads stay stale
				a.stale[b.Name] = before
			}
			a.staleUntil = now.Add(a.lag)
		}
		return nil
	})
}

func (a *aws) Facts(context.Context, grant.Bucket, bool) (f awsaccess.Facts, err error) {
	err = a.call("Facts", false, func() error { f = a.facts; return nil })
	return f, err
}

func (a *aws) arn(p grant.Principal) string {
	if arn := a.renamed[p.Name]; arn != "" {
		return arn
	}
	return "arn:aws:iam::" + granteeID + ":" + p.Kind + "/" + p.Name
}

func (a *aws) Principal(_ context.Context, p grant.Principal) (arn, id string, err error) {
	err = a.call("Principal", false, func() error {
		arn = a.arn(p)
		if id = a.build.UniqueID(arn); id == "" { // only the reply has its path
			id = a.build.UniqueID("arn:aws:iam::" + granteeID + ":" + p.Kind + "/" + p.Name)
		}
		if id == "" {
			return awsErr(awsaccess.Gone, "GetUser", "NoSuchEntity", "The user cannot be found.")
		}
		return nil
	})
	return arn, id, err
}

func (a *aws) Boundary(context.Context, grant.Principal) (arn string, err error) {
	err = a.call("Boundary", false, func() error { arn = a.boundary; return nil })
	return arn, err
}

func (a *aws) joined(p grant.Principal) bool {
	if p.Kind == grant.KindRole {
		_, key := awsaccess.PartKey(p)
		return slices.Contains(a.build.Attached(p.Name), key)
	}
	return slices.Contains(a.build.Members(groupOf), p.Name)
}

func (a *aws) Joined(_ context.Context, p grant.Principal) (s awsaccess.Membership, err error) {
	err = a.call("Joined", false, func() error {
		s = awsaccess.Membership{Member: a.joined(p), Others: a.others}
		if a.b.clock.now().Before(a.memberUntil[p.ARN]) {
			s.Member = !s.Member // as before the last change
		}
		return nil
	})
	return s, err
}

func (a *aws) MembershipLimit(context.Context, grant.Principal) (most int, err error) {
	err = a.call("Most", false, func() error { most = a.most; return nil })
	return most, err
}

// memberLag makes reads stale after a change.
func (a *aws) memberLag(p grant.Principal, joined bool) {
	if a.lag > 0 && a.joined(p) != joined {
		a.memberUntil[p.ARN] = a.b.clock.now().Add(a.lag)
	}
}

func (a *aws) Join(_ context.Context, p grant.Principal) error {
	return a.call("Join", true, func() error {
		a.memberLag(p, true)
		if a.build.UniqueID(p.ARN) == "" {
			return awsErr(awsaccess.Gone, "AddUserToGroup", "NoSuchEntity", "The user cannot be found.")
		}
		if p.Kind == grant.KindRole {
			_, key := awsaccess.PartKey(p)
			a.build.AttachToRole(p.Name, key)
			return nil
		}
		a.build.Join(p.Name, groupOf)
		return nil
	})
}

func (a *aws) Leave(_ context.Context, p grant.Principal) error {
	return a.call("Leave", true, func() error {
		a.memberLag(p, false)
		if a.build.UniqueID(p.ARN) == "" {
			return nil
		}
		if p.Kind == grant.KindRole {
			_, key := awsaccess.PartKey(p)
			a.build.DetachFromRole(p.Name, key)
			return nil
		}
		a.build.Leave(p.Name, groupOf)
		return nil
	})
}

func (a *aws) Self(context.Context, string) (arn string, err error) {
	err = a.call("Self", false, func() error { arn = botARN; return nil })
	return arn, err
}

func (a *aws) ClockSkew() time.Duration { return a.ahead }

func (a *aws) Members(_ context.Context, account string) (ms []awsaccess.Member, err error) {
	err = a.call("Members", false, func() error {
		for _, name := range a.build.Members(groupOf) {
			arn := "arn:aws:iam::" + account + ":user/" + name
			ms = append(ms, awsaccess.Member{ARN: arn, UniqueID: a.build.UniqueID(arn), Name: name})
		}
		return nil
	})
	return ms, err
}
