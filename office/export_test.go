package office

// Spell is spell, for tests.
func Spell(name string) string { return spell(name) }
