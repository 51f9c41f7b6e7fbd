package blocks

import (
	"net/url"
	"strings"

	"s3share/internal/grant"
)

// tryLimit is the most characters of the commands to paste.
const tryLimit = 1800

// tryIt shows how to test the access: commands to paste into a shell, the clients that fail, and a
// link to the console; "" if nothing is certain to be allowed.
//
// The commands use a profile with the principal's name. Many people have one, and it shows whose
// credentials are needed: with other credentials the command would be denied.
func tryIt(g grant.Grant) string {
	text := ""
	if lines := TryLines(g); len(lines) > 0 {
		text = "Try: ```" + strings.Join(lines, "\n") + "```\n" +
			"Replace " + Code(g.Principal.Name, 64) + " with your AWS CLI profile, and `FILE` with a file's name." + Clients(g)
	}
	if link := Console(g); link != "" {
		text = strings.TrimPrefix(text+"\n<"+Escapes.Replace(link)+"|Open in the AWS console>", "\n")
	}
	return text
}

// Clients lists the usual commands that fail with this grant (docs/clients.md, "Which clients
// work").
func Clients(g grant.Grant) string {
	switch {
	case !grant.MatchAction(g.Level.Bucket, "s3:ListBucket"):
		return "\n`aws s3 sync` fails: this access can't list."
	case g.Prefix != "":
		return "\nIf a tool fails on a folder: rclone 1.72 and later needs `--s3-no-head-object`; Hadoop's s3a needs " +
			"access to the whole bucket."
	}
	return ""
}

// TryLines returns commands that the level allows and that are safe to paste.
func TryLines(g grant.Grant) (lines []string) {
	url, used := Target(g), 0
	add := func(patterns []string, action, line string) {
		if g.Findings.RequesterPays {
			line += " --request-payer requester"
		}
		line += " --profile " + shell(g.Principal.Name)
		shown, ok := literal(line, tryLimit-used)
		if ok && grant.MatchAction(patterns, action) {
			shown = strings.Trim(shown, "`")
			lines, used = append(lines, shown), used+len([]rune(shown))
		}
	}
	add(g.Level.Bucket, "s3:ListBucket", "aws s3 ls "+shell(url))
	add(g.Level.Object, "s3:GetObject", "aws s3 cp "+shell(url+"FILE")+" .")
	upload := "aws s3 cp FILE " + shell(url)
	if g.Findings.NamesKeyForCaller() {
		upload += " --sse aws:kms --sse-kms-key-id KEY_ARN"
	}
	add(g.Level.Object, "s3:PutObject", upload)
	return lines
}

// consoles are the consoles of the partitions.
// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
var consoles = map[string]string{
	"aws": "console.aws.amazon.com", "aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com",
	"aws-eusc": "console.amazonaws-eusc.eu",
}

// Console returns the address of the shared folder in the console; "" if the level cannot list it,
// or the address cannot be shown.
func Console(g grant.Grant) string {
	partition := strings.Split(g.Principal.ARN+":", ":")[1]
	host := consoles[partition]
	if host == "" || !grant.MatchAction(g.Level.Bucket, "s3:ListBucket") {
		return ""
	}
	query := url.Values{}
	if g.Bucket.Region != "" {
		query.Set("region", g.Bucket.Region)
	}
	if g.Prefix != "" {
		query.Set("prefix", g.Prefix+"/")
	}
	// Some readers of a query treat a plus as a space.
	link := url.URL{Scheme: "https", Host: host, Path: "/s3/buckets/" + g.Bucket.Name,
		RawQuery: strings.ReplaceAll(query.Encode(), "+", "%20")}
	if shown := link.String(); len(Escapes.Replace(shown)) <= 1000 {
		return shown
	}
	return ""
}

// shell quotes an argument for a shell if necessary: a prefix may contain any character, and pasted
// text must have no other effect.
func shell(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/:._-=+,@%", r)
	}
	if strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
