//go:build !unix

package device

const nonBlocking = 0
