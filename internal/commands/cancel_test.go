package commands

import (
	"testing"

	"s3share/internal/grant"
)

// A redelivered cancel is answered from the record.
func TestRedeliveredCancel(t *testing.T) {
	o := newOffice(t, 1)
	id := o.pending()
	o.answers(by("URITA", "c1"), "cancel "+id, "Cancelled")
	o.answers(by("URITA", "c1"), "cancel "+id, "Cancelled")
	o.answers(by("URITA", "c2"), "cancel "+id, "already cancelled")
}

// A redelivered cancel of an extension answers about the extension, because the grant itself stays
// open.
func TestRedeliveredCancelOfAnExtension(t *testing.T) {
	o := newOffice(t, 1)
	id := o.extending()
	for range 2 {
		o.answers(by("URITA", "c1"), "cancel "+id, "Extension cancelled. Access to `"+id+"` still ends")
	}
	if g := o.get(id); g.State != grant.Active {
		t.Errorf("it is %s", g.State)
	}
}
