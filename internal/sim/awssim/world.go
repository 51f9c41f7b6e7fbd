package awssim

import (
	"time"
)

// A World is all accounts and their content. Its methods, and those of its
// accounts, are safe for concurrent use.
type World struct {
	*core
	*access
	*callLog
	*callFaults

	iam *iamService
	sts *stsService
	kms *kmsService
	s3  *s3Service
}

// New returns a world without accounts.
func New(cfg Config) *World {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	c := &core{
		cfg:        cfg,
		accounts:   map[string]*Account{},
		buckets:    map[string]*bucket{},
		principals: map[string]principal{},
		keys:       map[string]*accessKey{},
	}
	may, log := &access{c}, &callLog{core: c}
	objects := &s3Objects{core: c, access: may, log: log}
	return &World{
		core:       c,
		access:     may,
		callLog:    log,
		callFaults: &callFaults{core: c},
		iam:        &iamService{c, may},
		sts:        &stsService{c, may},
		kms:        &kmsService{c, may},
		s3: &s3Service{
			core:      c,
			s3Buckets: &s3Buckets{c, may, log},
			s3Objects: objects,
			s3Uploads: &s3Uploads{core: c, objects: objects, log: log},
			access:    may,
		},
	}
}

// Account returns the account with this id of 12 digits, and creates it if
// necessary. The name is its name in [World.Can] and for people.
func (w *World) Account(id, name string) *Account {
	if !isAccountID(id) {
		panic("awssim: an account id has 12 digits, not " + id)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	a := w.accounts[id]
	if a == nil {
		a = &Account{
			w: w, id: id, name: name,
			users:    map[string]*user{},
			roles:    map[string]*role{},
			groups:   map[string]*group{},
			policies: map[string]*managedPolicy{},
		}
		a.keyring = &keyring{of: a, keys: map[string]*kmsKey{}, aliases: map[string]*kmsKey{}}
		w.accounts[id] = a
	}
	return a
}
