// Command guitai is the whole house in one program: the server of a shop, the
// fake street for trying it out, and the tools beside them.
//
// It is the only place that reads flags, files of configuration and the clock,
// and the only one that knows every room; it never decides anything about
// money. It may import everybody. Start reading at house.go, where the rooms
// are wired.
package main
