package slacksim

import (
	"bufio"
	"encoding/binary"
	"net"
	"net/http"
	"sync"
)

// A tappedConn is the network connection under a WebSocket. It watches incoming
// frames, because the WebSocket library hides whether a message was fragmented.
// It can also go half-open: it then drops the bytes in both directions and
// stays open.
type tappedConn struct {
	net.Conn

	mu         sync.Mutex
	frames     frameScanner
	fragmented []bool // for each incoming data message that wasFragmented has not reported yet
	deaf       bool
}

// Read returns nothing while the connection is half-open. It ends when the
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

// Write reports success but drops the bytes while the connection is half-open.
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

// wasFragmented reports on the oldest message that it has not reported yet.
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

// A frameScanner reads frames (RFC 6455, section 5.2) from a stream of bytes.
// The stream may be split anywhere.
type frameScanner struct {
	head   []byte
	skip   uint64 // remaining bytes of the payload
	inside bool   // a fragmented message has begun
}

// scan appends to done, for each data message that ends in p, whether it was
// fragmented.
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
		case opcode >= 8: // control frames may occur between fragments
		case final:
			done = append(done, s.inside)
			s.inside = false
		default:
			s.inside = true
		}
	}
	return done
}

// payload returns the payload size once the header is complete. A client's
// frames have a four-byte mask.
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

// A tapper makes Hijack return a [tappedConn].
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
