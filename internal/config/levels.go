package config

import (
	"regexp"
	"strings"

	"s3share/internal/grant"
	"s3share/internal/policy"
)

var (
	levelName = regexp.MustCompile(`^[a-z][a-z0-9]*([_-][a-z0-9]+)*$`)
	s3Action  = regexp.MustCompile(`^s3:[A-Za-z*?][A-Za-z0-9*?]*$`)
)

func (b *builder) buildLevels() {
	b.c.Rules.Levels = grant.BuiltinLevels()
	seen := map[string]mark{}
	for _, l := range b.Levels {
		if first, twice := seen[l.name]; twice {
			b.p.add(l.mark, "the level %s is defined already, at %s: keep one", clip(l.name), first.brief())
			continue
		}
		seen[l.name] = l.mark
		if !levelName.MatchString(l.name) || len(l.name) > 32 {
			b.p.add(l.mark, "%q cannot be the name of a level: use a word in lower case, like get", clip(l.name))
		}
		if len(l.Object.v) == 0 && len(l.Bucket.v) == 0 && !l.Object.bad && !l.Bucket.bad {
			b.p.add(l.mark, `the level %s allows nothing: give it at least one action, like object: ["s3:GetObject"]`,
				clip(l.name))
		}
		b.c.Rules.Levels[l.name] = grant.Level{Name: l.name,
			Object: checkActions(b.p, l.Object, false), Bucket: checkActions(b.p, l.Bucket, true)}
	}
}

// checkActions also refuses an action for the wrong resource type or an unknown
// action: AWS would reject the statement at every attempt.
func checkActions(p *problems, actions texts, bucket bool) []string {
	var all []string
	for _, a := range actions.v {
		onObjects, onBucket := policy.AppliesTo(a.v)
		switch {
		case !s3Action.MatchString(a.v):
			p.add(a.mark, "%q is not an action of S3: write it like s3:GetObject or s3:Get*", clip(a.v))
		case !onObjects && !onBucket && strings.ContainsAny(a.v, "*?"):
			p.add(a.mark, "%q matches no action of S3: write it like s3:GetObject or s3:Get*", clip(a.v))
		case !onObjects && !onBucket:
			p.add(a.mark, "there is no action %s in S3: %s", clip(a.v),
				nearest(a.v, policy.Actions(), "write it like s3:GetObject or s3:Get*"))
		case !bucket && !onObjects:
			p.add(a.mark, "%s is an action on the bucket itself: move it from object to bucket", a.v)
		case bucket && !onBucket:
			p.add(a.mark, "%s is an action on objects: move it from bucket to object", a.v)
		case bucket && changesBucket(a.v):
			p.warn(a.mark, "%s can change the bucket itself, and such a change stays after the grant has ended: use read "+
				"actions like s3:ListBucket", a.v)
		}
		all = append(all, a.v)
	}
	return all
}

func changesBucket(action string) bool {
	_, changes := grant.Level{Bucket: []string{action}}.ChangesBucket()
	return changes
}
