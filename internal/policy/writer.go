package policy

import "fmt"

// WriteDenials returns a warning for each statement that denies PutBucketPolicy
// or DeleteBucketPolicy to bot, the user or role that the bot uses in the
// bucket's account.
func (d Document) WriteDenials(bot Caller) (all []Finding) {
	for i, s := range d.Statements() {
		v := s.look()
		if v.effect != "Deny" {
			continue
		}
		denied, hit, keys := []string(nil), never, []string(nil)
		for _, action := range []string{"s3:PutBucketPolicy", "s3:DeleteBucketPolicy"} {
			bot.Object, bot.BucketActions = nil, []string{action}
			if one, on := v.hits(bot, d.isModern()); one != never {
				denied, hit, keys = append(denied, action), max(hit, one), append(keys, on...)
			}
		}
		if hit == never {
			continue
		}
		f := d.finding(Writer, i, "%s %s s3share from writing this policy (%s)%s.", d.denyName(i), blocks(hit), list(denied),
			depending(keys))
		f.Certain = hit == always
		f.Hint = fmt.Sprintf("Ask the bucket's owner to exempt %s.", bot.Principal)
		all = append(all, f)
	}
	return all
}

// denyName names a Deny in a sentence, by its Sid if it has one.
func (d Document) denyName(i int) string {
	name := d.name(i)
	if sid := d.items[i].statement.Sid(); name == fmt.Sprintf("Statement %q", sid) {
		return fmt.Sprintf("A Deny statement (Sid %q)", sid)
	}
	return "The Deny in s" + name[1:]
}

// blocks is the verb of a Deny in a sentence.
func blocks(hit truth) string {
	if hit == always {
		return "blocks"
	}
	return "may block"
}

// depending names the condition keys that decide whether a Deny holds.
func depending(keys []string) string {
	if len(keys) == 0 {
		return ""
	}
	return ", depending on " + list(set(keys, asIs))
}
