package journal

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
)

// versionFile, in the journal's directory, has the highest format in which the journal
// was written and the version of the bot that first wrote it.
const versionFile = "version"

// readVersion returns what versionFile says; zero if there is none that can be read.
func (w *writer) readVersion() (format int, version string) {
	f, err := w.disk.open(versionFile)
	if err != nil {
		return 0, ""
	}
	defer f.Close()
	text, err := readFile(f)
	if err != nil {
		return 0, ""
	}
	if _, err := fmt.Sscanf(string(text), "%d %s\n", &format, &version); err != nil {
		return 0, ""
	}
	return format, version
}

// recordVersion notes which version of the bot a journal of this format needs. Without
// space it is left for the next opening.
func (w *writer) recordVersion() {
	if had, _ := w.readVersion(); w.version == "" || had >= format {
		return
	}
	err := w.replace(versionFile, fmt.Appendf(nil, "%d %s\n", format, strings.Join(strings.Fields(w.version), "_")))
	if err != nil {
		w.log.Warn("noting which version of the bot the journal needs", "err", err)
	}
}

// needs adds to a refusal because of the format which version reads it.
func (w *writer) needs(err error) error {
	if !errors.Is(err, errFormat) {
		return err
	}
	needed := "that version"
	if had, version := w.readVersion(); had > format {
		needed = "version " + version + " or later"
	}
	return fmt.Errorf("%w (hint: run %s; to go back to this one, let that one finish what is undone, and move the directory aside)", err, needed)
}

// replace writes a small file that is there whole or as it was, also after a crash.
func (w *writer) replace(name string, text []byte) error {
	f, err := w.disk.create(name + makingSuffix)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(text, 0)
	if err = cmp.Or(err, f.sync(), f.Close()); err != nil {
		return err
	}
	return cmp.Or(w.disk.rename(name+makingSuffix, name), w.disk.sync())
}
