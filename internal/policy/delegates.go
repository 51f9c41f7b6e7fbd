package policy

import (
	"fmt"
	"slices"
	"strings"
)

// Holders are the principals that the grantee half gives access to: the users
// in an account's group and, for a grant to a role, that role.
type Holders struct {
	Account   string // id of the grantee account
	Name      string // of the account, for a person
	Principal string // ARN of the grant's principal
	Owner     string // id of the bucket's account; "" if it is not known
}

// Delegations returns a blocker for each statement that already opens the
// bucket to holders of the grantee half, for an action that matches one of the
// patterns. A holder would have access there without a statement of the bot,
// and would keep it after the grant has ended.
//
// Such a statement allows an account's id or root. Or it allows everyone, with
// a condition or a resource that only signed requests can meet, or where a Deny
// stops the unsigned ones. In all cases each account decides which of its own
// principals get access.
//
// A statement is no delegation if it certainly allows no holder, or only
// holders that it names one by one; see [Document.AlreadyNames]. A statement
// that also allows unsigned requests is public; see [Document.Obstacles].
// NotAction and an unreadable statement count as overlapping. A canonical user
// id may be that of the account, so it gives a warning.
func (d Document) Delegations(bucket string, h Holders, actions []string) (all []Finding) {
	itself := arnOfBucket(Access{Principal: h.Principal}.partition(), bucket)
	for i, s := range d.Statements() {
		v := s.look()
		place := fmt.Sprintf("statement %d of its policy", i+1)
		if s.Sid() != "" {
			place += fmt.Sprintf(" (%q)", s.Sid())
		}
		if v.err != nil {
			f := d.finding(Unreadable, i, "Statement %d of the policy of %s is "+
				"ambiguous (%v) and may open the bucket to the whole account %s, so s3share could not end access "+
				"to it.", i+1, bucket, v.err, h.Name)
			f.Blocks, f.Hint = true, "Ask the bucket's owner to rewrite that statement."
			all = append(all, f)
			continue
		}
		if !v.touches(actions) || !v.reachesBucket(itself, actions) {
			continue
		}
		to := v.delegatesTo(h, d.isModern())
		if to == "" {
			to = d.delegatesByDenial(v, h, itself, actions)
		}
		if to != "" {
			f := d.finding(Delegation, i, "%s already delegates access to %s in %s, so s3share could not end "+
				"access to it.",
				bucket, to, place)
			f.Blocks, f.Hint = true, "Ask the bucket's owner to name users or roles in that statement."
			all = append(all, f)
		} else if v.effect == "Allow" && len(v.who["CanonicalUser"]) > 0 {
			f := d.finding(Delegation, i, "%s allows %s to a canonical user id in "+
				"%s. If that is the account %s, every user there with access through s3share has this too.", bucket,
				v.what(), place, h.Name)
			f.Hint = "Ask the bucket's owner to name users or roles in that statement."
			all = append(all, f)
		}
	}
	return all
}

// delegatesTo describes the principals that the statement delegates to, if
// holders are among them; otherwise "".
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
	return fmt.Sprintf("every account, %s among them (depending on %s, which only signed requests have)", h.Name,
		list(signed))
}

// excludes reports whether c certainly excludes every holder, or all holders
// except those it names one by one. ForAllValues excludes none: it is also true
// without the key.
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

// requests describes all requests of holders that the grantee half can allow.
// Requests through an access point are never allowed: its ARN differs from the
// bucket's.
func (h Holders) requests() requests {
	partition := Access{Principal: h.Principal}.partition()
	arns := []string{
		"arn:" + partition + ":iam::" + h.Account + ":user/*",
		"arn:" + partition + ":sts::" + h.Account + ":federated-user/*", // a user's own session, by GetFederationToken
	}
	types, ids := []string{"User", "FederatedUser"}, []string{"AIDA*", h.Account + ":*"}
	rs := direct()
	if f := strings.SplitN(h.Principal, ":", 6); len(f) == 6 && strings.HasPrefix(f[5], "role/") {
		arns, types, ids = append(arns, h.Principal), append(types, "AssumedRole"), append(ids, "AROA*")
	} else {
		rs["aws:federatedprovider"] = absent
	}
	rs["aws:principalarn"], rs["aws:principaltype"], rs["aws:userid"] = exactly(arns...), exactly(types...),
		exactly(ids...)
	rs["aws:principalaccount"] = exactly(h.Account)
	rs["aws:username"] = known{values: []string{"*"}, optional: true}
	rs["s3:signatureversion"] = exactly("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256", "AWS")
	if h.Owner != "" {
		rs["aws:resourceaccount"], rs["s3:resourceaccount"] = exactly(h.Owner), exactly(h.Owner)
	}
	rs["s3:tlsversion"] = known{values: []string{"1.2", "1.3"}, optional: true} // S3 rejects older versions
	return rs
}

// direct describes requests that a user or role sends itself, without a service
// between, to the bucket and not to an access point.
func direct() requests {
	rs := requests{"aws:principalisawsservice": exactly("false")}
	for _, key := range slices.Concat(serviceKeys, accessPointKeys) {
		rs[key] = absent
	}
	return rs
}

var (
	serviceKeys = []string{"aws:sourcearn", "aws:sourceaccount", "aws:sourceowner", "aws:sourceorgid",
		"aws:sourceorgpaths",
		"aws:principalservicename", "aws:principalservicenameslist"}
	accessPointKeys = []string{"s3:dataaccesspointarn", "s3:dataaccesspointaccount", "s3:accesspointnetworkorigin"}
)

// unsignedKeys are the condition keys that unsigned and signed requests have
// alike (IAM UG reference_policies_condition-keys, S3 UG
// amazon-s3-policy-keys). A * at the end stands for any rest. Every other key
// counts as a key of signed requests only.
var unsignedKeys = []string{
	"aws:currenttime", "aws:epochtime", "aws:securetransport", "aws:sourceip", "aws:vpcsourceip", "aws:sourcevpc",
	"aws:sourcevpcarn", "aws:sourcevpce", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths", "aws:useragent",
	"aws:referer",
	"aws:requestedregion", "aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", "aws:resourcetag/*",
	"aws:requesttag/*", "aws:tagkeys", "aws:viaawsservice",
	"s3:prefix", "s3:delimiter", "s3:max-keys", "s3:versionid", "s3:existingobjecttag/*", "s3:requestobjecttag*",
	"s3:resourceaccount",
	"s3:tlsversion", "s3:buckettag/*", "s3:if-match", "s3:if-none-match", "s3:locationconstraint",
	"s3:objectcreationoperation",
	"s3:object-lock-*", "s3:x-amz-acl", "s3:x-amz-copy-source", "s3:x-amz-grant-*", "s3:x-amz-metadata-directive",
	"s3:x-amz-object-ownership", "s3:x-amz-server-side-encryption*", "s3:x-amz-storage-class",
	"s3:x-amz-website-redirect-location",
}

func isSignedKey(key string) bool {
	key = strings.ToLower(key)
	return !slices.Contains(serviceKeys, key) && !slices.Contains(accessPointKeys, key) &&
		!slices.ContainsFunc(unsignedKeys, func(k string) bool { return covers(k, key) })
}

// signedKeys returns the signed-request keys in the statement's conditions and
// variables.
func (v *view) signedKeys(modern bool) []string {
	var keys, texts, via []string
	texts = append(append(texts, v.resources...), v.notResources...)
	for _, c := range v.conditions {
		keys, texts = append(keys, c.key), append(texts, c.values...)
		if c.isViaService(modern) {
			via = append(via, c.key)
		}
	}
	for _, text := range texts {
		if modern {
			keys = append(keys, variables(text)...)
		}
	}
	unsigned := func(key string) bool { return !isSignedKey(key) && !slices.Contains(via, key) }
	return slices.DeleteFunc(set(keys, asIs), unsigned)
}

// isViaService reports whether c requires that an AWS service passes a request
// on for its caller, which only signed requests can meet.
func (c condition) isViaService(modern bool) bool {
	return strings.EqualFold(c.key, "aws:ViaAWSService") &&
		c.holds(requests{"aws:viaawsservice": exactly("false")}, modern) == never
}

// reachesBucket reports whether the statement may apply to one of the actions
// on its kind of resource: the bucket itself, or objects in it.
func (v *view) reachesBucket(itself string, actions []string) bool {
	onBucket, _ := v.reaches(itself, true)
	onObjects, _ := v.reaches(itself+"/*", true)
	return slices.ContainsFunc(actions, func(a string) bool {
		objects, bucket := AppliesTo(a)
		return v.mayAct(a) && (onObjects != never && (objects || !bucket) || onBucket != never && (bucket || !objects))
	})
}

// forEverybody reports whether Principal is everyone, or everyone except the
// names in NotPrincipal.
func (v *view) forEverybody() bool {
	return v.notWho != nil || slices.Contains(v.who["AWS"], "*") || slices.Contains(v.who["*"], "*")
}

// touches reports whether the statement may apply to one of the actions.
func (v *view) touches(actions []string) bool {
	if v.actions == nil {
		return true
	}
	return slices.ContainsFunc(v.actions, func(p string) bool {
		return slices.ContainsFunc(actions, func(a string) bool { return actionsOverlap(p, a) })
	})
}
