// Package workqueue carries out work side by side, and in order where the order matters.
//
// Work has a place from the moment it is added, in the order of the calls. It waits for earlier work that
// holds one of the keys which it holds or heeds, and for nothing else. Urgent work goes before every earlier
// work that yields to it and has not begun. A lane bounds how much work of one kind is done at once. An
// owner with much to do takes turns with the others, and never has more than half of a lane.
//
// The queue keeps nothing on disk and knows nothing of what the work is about. It holds no lock while work
// is done.
//
// workqueue.go has the queue, order.go the places, pick.go says what begins next.
package workqueue
