package slacksim

import (
	"bufio"
	"encoding/binary"
	"net"
	"net/http"
	"sync"
)

// A tappedConn is the network connection under a WebSocket. It watches the
// frames that come in, because whether a message was fragmented cannot be
// seen above, and it can go half-open: it swallows both directions and stays open.
type tappedConn struct {
	net.Conn

	mu         sync.Mutex
	frames     frameScanner
	fragmented []bool // of the data messages that came in and were not asked about yet
	deaf       bool
}

// Read returns nothing while the connection is half-open; it ends when the
// connection is closed.
func (c *tappedConn) Read(p []byte) (int, error) {
	for {
		n, err := c.Conn.Read(p)
		c.mu.Lock()
		deaf := c.deaf
		if !deaf {
			c.fragmented = c.frames.scan(p[:n], c.fragmented)
		}
		c.mu.Unlock()
		if !deaf || err != nil {
			return n, err
		}
	}
}

// Write claims to have written while the connection is half-open.
func (c *tappedConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	deaf := c.deaf
	c.mu.Unlock()
	if deaf {
		return len(p), nil
	}
	return c.Conn.Write(p)
}

func (c *tappedConn) halfOpen() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deaf = true
}

// wasFragmented answers for the oldest message that it was not asked about yet.
func (c *tappedConn) wasFragmented() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.fragmented) == 0 {
		return false
	}
	first := c.fragmented[0]
	c.fragmented = c.fragmented[1:]
	return first
}

// A frameScanner follows the frames of RFC 6455, section 5.2, through a stream
// of bytes that may be cut anywhere.
type frameScanner struct {
	head   []byte
	skip   uint64 // bytes of payload still to come
	inside bool   // a fragmented message has begun
}

// scan appends to done whether each data message that ends here was fragmented.
func (s *frameScanner) scan(p []byte, done []bool) []bool {
	for len(p) > 0 {
		if s.skip > 0 {
			n := min(s.skip, uint64(len(p)))
			p, s.skip = p[n:], s.skip-n
			continue
		}
		s.head = append(s.head, p[0])
		p = p[1:]
		size, complete := s.payload()
		if !complete {
			continue
		}
		final, opcode := s.head[0]&0x80 != 0, s.head[0]&0x0f
		s.head, s.skip = s.head[:0], size
		switch {
		case opcode >= 8: // control frames may stand between fragments
		case final:
			done = append(done, s.inside)
			s.inside = false
		default:
			s.inside = true
		}
	}
	return done
}

// payload returns the size of the payload once the header is complete. Frames
// of a client carry a mask of four bytes.
func (s *frameScanner) payload() (size uint64, complete bool) {
	if len(s.head) < 2 {
		return 0, false
	}
	extra, mask := 0, 0
	if s.head[1]&0x80 != 0 {
		mask = 4
	}
	size = uint64(s.head[1] & 0x7f)
	switch size {
	case 126:
		extra = 2
	case 127:
		extra = 8
	}
	if len(s.head) < 2+extra+mask {
		return 0, false
	}
	switch extra {
	case 2:
		size = uint64(binary.BigEndian.Uint16(s.head[2:]))
	case 8:
		size = binary.BigEndian.Uint64(s.head[2:])
	}
	return size, true
}

// A tapper hands a tapped connection to whoever hijacks the response.
type tapper struct {
	http.ResponseWriter
	tapped *tappedConn
}

func (t *tapper) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := t.ResponseWriter.(http.Hijacker).Hijack()
	if err != nil {
		return nil, nil, err
	}
	t.tapped = &tappedConn{Conn: c}
	return t.tapped, rw, nil
}
