//go:build unix

package device

import "syscall"

// nonBlocking lets a write to a printer that takes nothing be given up.
const nonBlocking = syscall.O_NONBLOCK | syscall.O_NOCTTY
