package config

import "testing"

func TestLoadTakesTheContractsExample(t *testing.T) {
	c, err := Load("testdata/example.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range c.Summary() {
		t.Log(l)
	}
	t.Logf("%+v", c)
}
