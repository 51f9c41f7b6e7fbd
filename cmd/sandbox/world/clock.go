package world

import (
	"sync"
	"time"
)

// A Clock is the clock of the whole world. The bot's machine may have another
// time.
type Clock struct {
	mu     sync.Mutex
	offset time.Duration       // the world's clock minus the machine's
	skew   time.Duration       // the bot's clock minus the world's
	tell   func(time.Duration) // sets the offset of the running bot; nil if no bot follows
}

// Now is the world's time.
func (c *Clock) Now() time.Time { return time.Now().Add(c.Offset()) }

// Offset is the difference between the world's clock and the machine's.
func (c *Clock) Offset() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset
}

// Move moves the clock of the whole world.
func (c *Clock) Move(d time.Duration) { c.set(func() { c.offset += d }) }

// SetSkew sets the clock of the bot's machine alone, relative to the world's.
func (c *Clock) SetSkew(d time.Duration) { c.set(func() { c.skew = d }) }

// follow sets the bot's clock now and after each move, until follow(nil).
func (c *Clock) follow(tell func(time.Duration)) { c.set(func() { c.tell = tell }) }

// set changes the clocks at one moment, so that no reader sees only one of them
// moved.
func (c *Clock) set(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
	if c.tell != nil {
		c.tell(c.offset + c.skew)
	}
}
