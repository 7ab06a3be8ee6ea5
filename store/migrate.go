package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// One text for both engines. A migration that has been released is never
// changed; each runs in a transaction of its own, so that a kill leaves a whole
// version behind.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the tables up to this program's version.
func migrate(ctx context.Context, db *sql.DB, dialect goose.Dialect, more ...goose.ProviderOption) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	more = append(more, goose.WithDisableGlobalRegistry(true))
	p, err := goose.NewProvider(dialect, db, files, more...)
	if err != nil {
		return fmt.Errorf("store: migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("store: migrations: %w", err)
	}
	have, ours, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("store: migrations: %w", err)
	}
	if have > ours {
		return fmt.Errorf("store: the database is at version %d, this program knows %d: it was changed by a newer program", have, ours)
	}
	return nil
}
