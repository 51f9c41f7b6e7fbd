package slacksim

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// A File is a file that the app uploaded and shared in a message.
type File struct {
	ID      string
	Name    string
	Title   string
	Content []byte
}

// files are the files that the app uploads.
type files struct {
	*core
	conversations *conversations
	log           *callLog
	faults        *callFaults
	uploads       map[string]*upload
}

// An upload is a file in progress: announced, then received, then shared.
type upload struct {
	File
	path     string
	length   int
	received bool
	shared   bool
}

const maxUpload = 16 << 20

// filesGetUploadURLExternal announces a file and returns its upload address.
func (fs *files) filesGetUploadURLExternal(r *request) (object, error) {
	if r.str("filename") == "" {
		return nil, refuseArguments("missing required field: filename")
	}
	length, err := strconv.Atoi(r.str("length"))
	if err != nil || length <= 0 {
		return nil, refuseArguments("missing required field: length")
	}
	u := &upload{File: File{ID: "F" + fs.id(upper, 10), Name: r.str("filename")}, length: length}
	u.path = "/upload/v1/" + fs.id(mixed, 40)
	fs.uploads[u.ID] = u
	return object{"upload_url": fs.base + u.path, "file_id": u.ID}, nil
}

// serveUpload accepts the bytes of an announced file, raw or in a form. The
// address needs no token and works once.
func (fs *files) serveUpload(rw http.ResponseWriter, r *http.Request) {
	f := fs.faults.takeFault("upload", nil)
	req := &request{method: "upload", args: object{}}
	content, err := uploaded(rw, r)
	if f.before(rw, r, func() { fs.log.noteCall(req, f.String(), nil) }) {
		return
	}
	if err == nil {
		fs.mu.Lock()
		err = fs.receive(r.URL.Path, content)
		fs.mu.Unlock()
	}
	fs.log.noteCall(req, "", err)
	fs.notify()
	if f.after(rw, r) {
		return
	}
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	_, _ = io.WriteString(rw, "OK - "+strconv.Itoa(len(content)))
}

func uploaded(rw http.ResponseWriter, r *http.Request) ([]byte, error) {
	r.Body = http.MaxBytesReader(rw, r.Body, maxUpload)
	var from io.Reader = r.Body
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		parts, err := r.MultipartReader()
		if err != nil {
			return nil, refuse("invalid_form_data")
		}
		for {
			part, err := parts.NextPart()
			if err != nil {
				return nil, refuse("no_file_data")
			}
			if part.FileName() != "" {
				from = part
				break
			}
		}
	}
	content, err := io.ReadAll(from)
	if err != nil {
		return nil, refuse("request_timeout")
	}
	return content, nil
}

func (fs *files) receive(path string, content []byte) error {
	for _, u := range fs.uploads {
		if u.path != path || u.received {
			continue
		}
		if len(content) != u.length {
			return refuse("length_mismatch") // wording inferred
		}
		u.Content, u.received = content, true
		return nil
	}
	return refuse("no_such_upload") // wording inferred
}

// filesCompleteUploadExternal shares uploaded files in a message at once. The
// real Slack shares them some time later.
func (fs *files) filesCompleteUploadExternal(r *request) (object, error) {
	given, ok, err := r.structure("files")
	if err != nil || !ok || len(objects(given)) == 0 {
		return nil, refuseArguments("missing required field: files")
	}
	d, err := readShare(r)
	if err != nil {
		return nil, err
	}
	var rooms []*room
	for _, id := range shareTargets(r) {
		ch, known := fs.conversations.channels[id] // a user id is not accepted here
		if !known {
			return nil, refuse("channel_not_found")
		}
		if err := fs.conversations.mayPost(ch); err != nil {
			return nil, err
		}
		if d.thread != "" && ch.find(d.thread) == nil {
			return nil, refuse("thread_not_found")
		}
		rooms = append(rooms, ch)
	}
	shared, err := fs.complete(objects(given))
	if err != nil {
		return nil, err
	}
	answer := []object{}
	for _, f := range shared {
		answer = append(answer, object{"id": f.ID, "title": f.Title})
	}
	for _, ch := range rooms {
		fs.conversations.post(ch, d).Files = shared
	}
	return object{"files": answer}, nil
}

func readShare(r *request) (draft, error) {
	d := draft{text: r.str("initial_comment"), thread: r.str("thread_ts")}
	blocks, given, err := r.structure("blocks")
	if err == nil && given && d.text == "" { // docs: ignored if there is a comment
		if problems := validateBlocks(blocks); len(problems) > 0 {
			return d, invalidBlocks(problems)
		}
		d.hasBlocks, d.blocks = true, objects(blocks)
	}
	return d, err
}

func shareTargets(r *request) []string {
	var out []string
	for _, id := range append(splitList(r.str("channels")), r.str("channel_id")) {
		if id != "" && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// complete finishes all of the uploads, or none.
func (fs *files) complete(given []object) ([]File, error) {
	var out []File
	for _, g := range given {
		u, ok := fs.uploads[asString(g["id"])]
		if !ok || !u.received || u.shared {
			return nil, refuse("file_not_found")
		}
		f := u.File
		if f.Title = asString(g["title"]); f.Title == "" {
			f.Title = f.Name
		}
		out = append(out, f)
	}
	for _, f := range out {
		fs.uploads[f.ID].shared = true
	}
	return out, nil
}

// wire returns the file as it appears in messages.
func (f File) wire(cfg Config) object {
	return object{
		"id": f.ID, "name": f.Name, "title": f.Title, "size": len(f.Content), "user": cfg.BotUserID, "mode": "hosted",
		"is_external": false, "is_public": false,
		"url_private": "https://files.slack.com/files-pri/" + cfg.TeamID + "-" + f.ID + "/" + f.Name,
	}
}
