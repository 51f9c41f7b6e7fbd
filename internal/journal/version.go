package journal

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
)

// versionFile is a file in the journal's directory with the highest format of the journal and the
// version of the bot that first wrote it.
const versionFile = "version"

// readVersion reads versionFile. It returns zero if the file is missing or unreadable.
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

// recordVersion records the version of the bot that a journal of this format needs. If it fails,
// the next opening tries again.
func (w *writer) recordVersion() {
	if had, _ := w.readVersion(); w.version == "" || had >= format {
		return
	}
	err := w.replace(versionFile, fmt.Appendf(nil, "%d %s\n", format, strings.Join(strings.Fields(w.version), "_")))
	if err != nil {
		w.log.Warn("noting which version of the bot the journal needs", "err", err)
	}
}

// needs adds the required version to an error about the format.
func (w *writer) needs(err error) error {
	if !errors.Is(err, errFormat) {
		return err
	}
	needed := "that version"
	if had, version := w.readVersion(); had > format {
		needed = "version " + version + " or later"
	}
	return fmt.Errorf("%w (hint: run %s; to go back to this one, let that one finish what is undone, and move the "+
		"directory aside)", err, needed)
}

// replace writes a small file atomically: after a crash it has the old or the new contents.
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
