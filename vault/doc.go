// Package vault seals what must not be read by who reads the database: a
// wallet's keys and certificates, the secrets that webhooks are signed with.
// Each secret has a random key of its own (AES-256-GCM), and that key is
// wrapped by a key-encryption key that is named by an id, so that a new
// key-encryption key needs the wrapping anew and not the secrets.
//
// What a secret belongs to (merchant, owner, field) is bound to it: a sealed
// text that is copied to another row does not open. It never stores anything,
// never reads a file, and never puts a secret into an error. It may import the
// root package. Start reading at ring.go.
package vault
