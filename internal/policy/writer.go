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
		f := d.finding(Writer, i, "%s denies %s to %s, %s.", d.name(i), list(denied), v.writer(bot.Principal),
			whenWriting(hit, keys))
		f.Certain = hit == always
		f.Hint = fmt.Sprintf("Its owners can except %s there.", bot.Principal)
		all = append(all, f)
	}
	return all
}

// writer names the statement's principals in words, from the point of view of
// the bot's role.
func (v *view) writer(bot string) string {
	switch whom := v.whom(bot); whom {
	case "this principal":
		return "s3share's own role"
	case "this principal's account":
		return "the bucket's whole account, s3share's own role too"
	case "everybody":
		return "everybody, s3share's own role too"
	case "principals that may include this one":
		return "principals that may include s3share's own role"
	default:
		return whom + ", s3share's own role too"
	}
}

func whenWriting(hit truth, keys []string) string {
	switch {
	case hit == always:
		return "so s3share cannot change this policy, and an approved grant would not open"
	case len(keys) == 0:
		return "which may stop s3share from changing this policy"
	}
	return "depending on " + list(set(keys, asIs)) + ": it may stop s3share from changing this policy"
}
