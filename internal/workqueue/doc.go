// Package workqueue runs work concurrently, and in order where the order
// matters.
//
// Add gives work its place, in the order of the calls. Work waits only for
// earlier work that holds one of its keys: the keys it holds and the keys it
// heeds. Urgent work goes before all earlier work that yields to it and has not
// begun. A lane limits the concurrent work of one kind. Owners take turns, and
// one owner never has more than half of a lane.
//
// The queue is in memory, and does not know the contents of the work. It holds
// no lock while work runs.
//
// A tour of the files: workqueue.go has the queue and the choice of the next
// work, order.go the work and its place.
package workqueue
