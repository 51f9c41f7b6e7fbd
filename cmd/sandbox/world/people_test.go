package world

import "testing"

func TestNames(t *testing.T) {
	for name, id := range map[string]string{
		"rita": "U0RITA", "crowd1": "U0CROWD1", "crowd1000": "U0CROWD1000", "crowd1001": "", "crowd0": "", "Rita": "", "bot": "", "": "",
	} {
		if got := ID(name); got != id {
			t.Errorf("the id of %q is %q, want %q", name, got, id)
		}
		if id != "" && Name(id) != name {
			t.Errorf("the name of %s is %q, want %q", id, Name(id), name)
		}
	}
	for _, id := range []string{"U0BOT", "C0BUILDS", "u0rita", ""} {
		if got := Name(id); got != "" {
			t.Errorf("the name of %q is %q", id, got)
		}
	}
}
