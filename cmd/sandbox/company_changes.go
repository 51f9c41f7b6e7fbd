package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"s3share/internal/app"
	"s3share/internal/config"
	"s3share/internal/sim/awssim"
)

func (w *world) makeBucket(_ context.Context, s step) error {
	name, option, _ := strings.Cut(s.rest, " ")
	if name == "delete" {
		w.owner().DeleteBucket(option)
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
		o.KMSKeyARN = w.owner().Key("us-east-1", false)
	case strings.Contains(option, "-"):
		o.Region = option
	default:
		o.Ownership = option
	}
	w.owner().Bucket(name, o)
	w.owner().PutObject(name, "builds/a.txt", []byte("hello"))
	return nil
}

func (w *world) user(_ context.Context, s step) error {
	f := append(strings.Fields(s.rest), "", "", "")
	switch f[0] {
	case "add":
		w.grantee().User(f[1])
	case "delete":
		w.grantee().DeleteUser(f[1])
	case "rename":
		w.grantee().RenameUser(f[1], f[2])
	case "groups":
		n, _ := strconv.Atoi(f[2])
		for i := range n {
			group := fmt.Sprintf("other%d", i)
			w.grantee().Group("/", group, "")
			w.grantee().Join(f[1], group)
		}
	case "leaves":
		w.grantee().Leave(f[1], "s3share")
	case "bounded":
		w.grantee().Boundary(f[1], w.grantee().ManagedPolicy("/", "limit", readsOnly))
	default:
		return errors.New("it is: user add NAME, user delete NAME, user rename NAME NEW, user groups NAME N, user " +
			"leaves NAME, or user bounded NAME")
	}
	return nil
}

func (w *world) role(_ context.Context, s step) error {
	f := append(strings.Fields(s.rest), "", "", "")
	switch f[0] {
	case "delete":
		w.grantee().DeleteRole(f[1])
	case "policies":
		n, _ := strconv.Atoi(f[2])
		for i := range n {
			w.grantee().AttachToRole(f[1], w.grantee().ManagedPolicy("/", fmt.Sprintf("other%d", i), nothing))
		}
	case "sso": // named as Identity Center names the role of a permission set
		account := w.grantee()
		if f[1] == "partner" {
			account = w.partner()
		}
		account.Role("aws-reserved/sso.amazonaws.com/"+f[2], samlOnly)
	case "carries":
		w.grantee().AttachToRole(f[1], granteePolicy)
	case "lacks":
		w.grantee().DetachFromRole(f[1], granteePolicy)
	default:
		return errors.New("it is: role delete NAME, role policies NAME N, role sso build|partner NAME, role carries " +
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

// fill writes a policy that is almost as long as AWS accepts.
func (w *world) fill(_ context.Context, s step) error {
	var all []string
	for n := range 170 {
		all = append(all, fmt.Sprintf(
			`{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::%s/%03d/*"}`, s.rest, n))
	}
	return w.owner().SetPolicy(s.rest, `{"Version":"2012-10-17","Statement":[`+strings.Join(all, ",")+`]}`)
}

// store saves the bot's database, or restores the saved copy without its log,
// as a careless operator would.
func (w *world) store(ctx context.Context, s step) error {
	kept := func(path string) string { return path + ".kept" }
	db, log := filepath.Join(w.dir, "s3share.db"), w.auditPath()
	if w.runs() {
		return errors.New("the bot runs; `stop` it first")
	}
	switch s.rest {
	case "save":
		return errors.Join(copyFile(kept(db), db), copyFile(kept(log), log))
	case "restore":
		return copyFile(db, kept(db))
	case "restore with the log":
		return errors.Join(copyFile(db, kept(db)), copyFile(log, kept(log)))
	}
	if reason, ok := strings.CutPrefix(s.rest, "damage "); ok {
		return damageRecord(db, reason)
	}
	if s.rest == "repair" {
		return w.repairStore(ctx)
	}
	return errors.New("it is: store save, store restore, store restore with the log, store damage REASON, or store repair")
}

// damageRecord flips a bit in the record of the request with this reason, as a
// failing disk would. It also damages the copies in free pages of the file.
func damageRecord(db, reason string) error {
	b, err := os.ReadFile(db)
	if err != nil {
		return err
	}
	text := []byte(`"Reason":"` + reason + `"`)
	found := false
	for at := 0; ; at++ {
		i := bytes.Index(b[at:], text)
		if i < 0 {
			break
		}
		at, found = at+i, true
		b[at+len(text)-2] ^= 4
	}
	if !found {
		return fmt.Errorf("no record has the reason %q", reason)
	}
	return os.WriteFile(db, b, 0o600)
}

func copyFile(to, from string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o600)
}

// repairStore does the work of `bot store repair --yes`.
func (w *world) repairStore(ctx context.Context) error {
	c, err := config.Load(filepath.Join(w.dir, "s3share.yml"))
	if err != nil {
		return err
	}
	return app.Repair(ctx, app.RepairOptions{Config: c, In: strings.NewReader(""), Out: io.Discard, Now: w.now, Yes: true})
}
