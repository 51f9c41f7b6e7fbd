package policy

import (
	"fmt"
	"slices"
	"strings"
)

// Holders are the principals that the grantee half reaches: the users in the
// group of an account and, for a grant of a role, that role.
type Holders struct {
	Account   string // id of the grantee account
	Name      string // of the account, for a person
	Principal string // ARN of the grant's principal
	Owner     string // id of the bucket's account; "" if it is not known
}

// Delegations returns a blocker for each statement that already opens the bucket
// to holders of the grantee half, for an action that one of the patterns can
// match. A holder would have access there without a statement of ours, and keep
// it after the grant has ended.
//
// Such a statement allows to the account's id or root, or to everybody on a
// condition, or a resource, that only a signed request can meet: then each
// account decides who of its own gets in. A statement that certainly lets in no
// holder, or only holders that it names one by one, is none; see
// [Document.AlreadyNames]. One that lets in unsigned requests as well is public,
// see [Document.Obstacles]. NotAction, and a statement that cannot be read, count
// as overlapping.
//
// A canonical user id may be that of the account. It is a warning.
func (d Document) Delegations(bucket string, h Holders, actions []string) (all []Finding) {
	for i, s := range d.Statements() {
		v := s.look()
		place := fmt.Sprintf("statement %d of its policy", i+1)
		if s.Sid() != "" {
			place += fmt.Sprintf(" (%q)", s.Sid())
		}
		if v.err != nil {
			f := d.finding(Unreadable, i, "Statement %d of the policy of %s cannot be read with certainty (%v), so it might open the bucket to the whole account %s, and a grant there could not be ended.", i+1, bucket, v.err, h.Name)
			f.Blocks, f.Hint = true, "The bucket's owners can write that statement anew."
			all = append(all, f)
			continue
		}
		if !v.touches(actions) || !v.reachesBucket(arnOfBucket(Ask{Principal: h.Principal}.partition(), bucket), actions) {
			continue
		}
		if to := v.delegatesTo(h, d.isModern()); to != "" {
			f := d.finding(Delegation, i, "%s already delegates access to %s, by %s, so a grant there could not be ended.", bucket, to, place)
			f.Blocks, f.Hint = true, "The bucket's owners can name users or roles in that statement instead."
			all = append(all, f)
		} else if v.effect == "Allow" && len(v.who["CanonicalUser"]) > 0 {
			f := d.finding(Delegation, i, "%s allows %s to a canonical user id, by %s: if that is the account %s, every user there with a grant gets in by it too.", bucket, v.what(), place, h.Name)
			f.Hint = "The bucket's owners can name users or roles in that statement instead."
			all = append(all, f)
		}
	}
	return all
}

// delegatesTo says to whom the statement leaves it who of theirs gets in, if
// holders are among them; "" if it does not.
func (v *view) delegatesTo(h Holders, modern bool) string {
	if v.effect != "Allow" {
		return ""
	}
	toAccount := slices.ContainsFunc(v.who["AWS"], func(p string) bool { return sameAccount(p) == h.Account })
	signed := v.signedKeys(modern)
	switch {
	case !toAccount && (!v.forEverybody() || len(signed) == 0):
		return ""
	case slices.ContainsFunc(v.conditions, func(c condition) bool { return c.excludes(h, modern) }):
		return ""
	case toAccount && len(signed) == 0:
		return "the whole account " + h.Name
	case toAccount:
		return fmt.Sprintf("principals of the account %s (depending on %s)", h.Name, list(signed))
	}
	return fmt.Sprintf("every account, %s among them (depending on %s, which only signed requests have)", h.Name, list(signed))
}

// excludes reports whether c keeps out every holder, or all but those that it
// names one by one. Only what is certain counts. ForAllValues keeps out nobody,
// because it holds without the key too.
func (c condition) excludes(h Holders, modern bool) bool {
	set, base, _ := splitOperator(c.operator)
	rs := h.requests()
	if set == "forallvalues" {
		return false
	}
	if c.holds(rs, modern) == never {
		return true
	}
	compare := comparisons[base]
	if strings.ToLower(c.key) != "aws:principalarn" || compare == nil || base == "bool" {
		return false
	}
	return !slices.ContainsFunc(c.values, func(value string) bool {
		pattern := strings.ContainsAny(value, "*?") || strings.Contains(value, "${")
		return pattern && slices.ContainsFunc(rs["aws:principalarn"].values, func(have string) bool {
			return compare(have, value, modern) != never
		})
	})
}

// requests are all requests of holders that the grantee half can allow. It
// allows none through an access point, whose ARN is not the bucket's.
func (h Holders) requests() requests {
	partition := Ask{Principal: h.Principal}.partition()
	arns := []string{
		"arn:" + partition + ":iam::" + h.Account + ":user/*",
		"arn:" + partition + ":sts::" + h.Account + ":federated-user/*", // a user's own, by GetFederationToken
	}
	types, ids := []string{"User", "FederatedUser"}, []string{"AIDA*", h.Account + ":*"}
	rs := direct()
	if f := strings.SplitN(h.Principal, ":", 6); len(f) == 6 && strings.HasPrefix(f[5], "role/") {
		arns, types, ids = append(arns, h.Principal), append(types, "AssumedRole"), append(ids, "AROA*")
	} else {
		rs["aws:federatedprovider"] = absent
	}
	rs["aws:principalarn"], rs["aws:principaltype"], rs["aws:userid"] = exactly(arns...), exactly(types...), exactly(ids...)
	rs["aws:principalaccount"] = exactly(h.Account)
	rs["aws:username"] = known{values: []string{"*"}, optional: true}
	rs["s3:signatureversion"] = exactly("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256", "AWS")
	if h.Owner != "" {
		rs["aws:resourceaccount"], rs["s3:resourceaccount"] = exactly(h.Owner), exactly(h.Owner)
	}
	rs["s3:tlsversion"] = known{values: []string{"1.2", "1.3"}, optional: true} // S3 takes nothing older
	return rs
}

// direct are requests that a user or role sends itself, not a service, to the
// bucket and not to an access point.
func direct() requests {
	rs := requests{"aws:principalisawsservice": exactly("false")}
	for _, key := range slices.Concat(serviceKeys, accessPointKeys) {
		rs[key] = absent
	}
	return rs
}

var (
	serviceKeys = []string{"aws:sourcearn", "aws:sourceaccount", "aws:sourceowner", "aws:sourceorgid", "aws:sourceorgpaths",
		"aws:principalservicename", "aws:principalservicenameslist"}
	accessPointKeys = []string{"s3:dataaccesspointarn", "s3:dataaccesspointaccount", "s3:accesspointnetworkorigin"}
)

// unsignedKeys are the condition keys that a request without a signature has, or
// lacks, just as a signed one does (IAM UG reference_policies_condition-keys, S3
// UG amazon-s3-policy-keys). A * at the end stands for the rest. Every other key
// counts as one of signed requests.
var unsignedKeys = []string{
	"aws:currenttime", "aws:epochtime", "aws:securetransport", "aws:sourceip", "aws:vpcsourceip", "aws:sourcevpc",
	"aws:sourcevpcarn", "aws:sourcevpce", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths", "aws:useragent", "aws:referer",
	"aws:requestedregion", "aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", "aws:resourcetag/*",
	"aws:requesttag/*", "aws:tagkeys", "aws:viaawsservice",
	"s3:prefix", "s3:delimiter", "s3:max-keys", "s3:versionid", "s3:existingobjecttag/*", "s3:requestobjecttag*", "s3:resourceaccount",
	"s3:tlsversion", "s3:buckettag/*", "s3:if-match", "s3:if-none-match", "s3:locationconstraint", "s3:objectcreationoperation",
	"s3:object-lock-*", "s3:x-amz-acl", "s3:x-amz-copy-source", "s3:x-amz-grant-*", "s3:x-amz-metadata-directive",
	"s3:x-amz-object-ownership", "s3:x-amz-server-side-encryption*", "s3:x-amz-storage-class", "s3:x-amz-website-redirect-location",
}

func isSignedKey(key string) bool {
	key = strings.ToLower(key)
	return !slices.Contains(serviceKeys, key) && !slices.Contains(accessPointKeys, key) &&
		!slices.ContainsFunc(unsignedKeys, func(k string) bool { return covers(k, key) })
}

// signedKeys returns the keys of signed requests on which it depends whether the
// statement applies, those of variables too.
func (v *view) signedKeys(modern bool) []string {
	var keys, texts []string
	texts = append(append(texts, v.resources...), v.notResources...)
	for _, c := range v.conditions {
		keys, texts = append(keys, c.key), append(texts, c.values...)
	}
	for _, text := range texts {
		if modern {
			keys = append(keys, variables(text)...)
		}
	}
	return slices.DeleteFunc(set(keys, asIs), func(key string) bool { return !isSignedKey(key) })
}

// reachesBucket reports whether the statement can be about one of the actions on
// what that applies to: the bucket itself, or objects in it.
func (v *view) reachesBucket(itself string, actions []string) bool {
	onBucket, _ := v.reaches(itself, true)
	onObjects, _ := v.reaches(itself+"/*", true)
	return slices.ContainsFunc(actions, func(a string) bool {
		objects, bucket := AppliesTo(a)
		return v.mayAct(a) && (onObjects != never && (objects || !bucket) || onBucket != never && (bucket || !objects))
	})
}

// forEverybody reports whether the principal alone excludes nobody, or only
// those whom NotPrincipal names.
func (v *view) forEverybody() bool {
	return v.notWho != nil || slices.Contains(v.who["AWS"], "*") || slices.Contains(v.who["*"], "*")
}

// touches reports whether the statement can be about one of the actions.
func (v *view) touches(actions []string) bool {
	if v.actions == nil {
		return true
	}
	return slices.ContainsFunc(v.actions, func(p string) bool {
		return slices.ContainsFunc(actions, func(a string) bool { return actionsOverlap(p, a) })
	})
}
