package web

import (
	"context"

	"guitai"
	"guitai/office"
)

// SettingsSaid is what a shop or a till says otherwise than the usual.
type SettingsSaid struct {
	ID       string          `json:"id" doc:"of the shop or till"`
	Name     string          `json:"name"`
	Settings office.Settings `json:"settings" doc:"only what is set here"`
	Changed  int64           `json:"changed" doc:"0: never; to be handed back with the next change"`
}

// SettingsOut are the settings that count, and what is set where.
type SettingsOut struct {
	Settings office.Settings   `json:"settings" doc:"those that count"`
	Below    office.Settings   `json:"below" doc:"those that would count if nothing were set here"`
	Where    map[string]string `json:"where" doc:"field → shop or till; an act or key as approvals.void, shortcuts.pay. What is not in it is as usual"`
	Shop     SettingsSaid      `json:"shop"`
	Till     *SettingsSaid     `json:"till,omitempty"`
}

func settingsOf(p office.PlaceSettings) SettingsOut {
	out := SettingsOut{p.Effective, p.Below, p.Where, SettingsSaid{string(p.Shop.ID), p.Shop.Name, p.AtShop.Own, p.AtShop.Changed}, nil}
	if p.Till.ID != "" {
		out.Till = &SettingsSaid{string(p.Till.ID), p.Till.Name, p.AtTill.Own, p.AtTill.Changed}
	}
	return out
}

type settingsRequest struct {
	Till string `query:"till" maxLength:"64" doc:"default: the person's own"`
	Shop string `query:"shop" maxLength:"64" doc:"instead of a till: what counts at those of its tills that say nothing"`
}

// settings is GET /v1/settings.
func (s *Server) settings(ctx context.Context, c caller, in *settingsRequest) (*reply[SettingsOut], error) {
	var p office.PlaceSettings
	var err error
	switch {
	case in.Shop != "" && (in.Till != "" || guitai.ValidID(in.Shop) != nil):
		err = guitai.FailField(guitai.CodeFieldInvalid, "shop")
	case in.Shop != "":
		p, err = s.Office.ShopSettings(ctx, c.merchant, guitai.ShopID(in.Shop))
	case in.Till == "" && !c.person():
		err = guitai.FailField(guitai.CodeFieldMissing, "till")
	case in.Till == "":
		p, err = s.Office.TillSettings(ctx, c.merchant, c.session.Till.ID)
	default:
		p, err = s.Office.TillSettings(ctx, c.merchant, guitai.TillID(in.Till))
	}
	if err != nil {
		return nil, err
	}
	return ok(settingsOf(p)), nil
}

// SettingsIn is what a shop or till is to say.
type SettingsIn struct {
	Settings *office.Settings `json:"settings" doc:"all that is to be set here; what is left out is as the shop, or as usual"`
	Changed  *int64           `json:"changed" doc:"the number that was read with it; 0: nothing was set before"`
}

type setSettings struct {
	ID    string `path:"id" maxLength:"64"`
	Asked body[SettingsIn]
}

func (in *setSettings) said() (office.Said, error) {
	b, err := in.Asked.get()
	switch {
	case err != nil:
		return office.Said{}, err
	case b.Settings == nil:
		return office.Said{}, guitai.FailField(guitai.CodeFieldMissing, "settings")
	case b.Changed == nil:
		return office.Said{}, guitai.FailField(guitai.CodeFieldMissing, "changed")
	}
	return office.Said{Own: *b.Settings, Changed: *b.Changed}, nil
}

// setShop is PUT /v1/shops/{id}/settings.
func (s *Server) setShop(ctx context.Context, c caller, in *setSettings) (*reply[SettingsOut], error) {
	said, err := in.said()
	if err != nil {
		return nil, err
	}
	p, err := s.Office.SetShop(ctx, c.by(), guitai.ShopID(in.ID), said)
	if err != nil {
		return nil, err
	}
	return ok(settingsOf(p)), nil
}

// setTill is PUT /v1/tills/{id}/settings.
func (s *Server) setTill(ctx context.Context, c caller, in *setSettings) (*reply[SettingsOut], error) {
	said, err := in.said()
	if err != nil {
		return nil, err
	}
	p, err := s.Office.SetTill(ctx, c.by(), guitai.TillID(in.ID), said)
	if err != nil {
		return nil, err
	}
	return ok(settingsOf(p)), nil
}
