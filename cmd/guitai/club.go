package main

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"guitai"
	"guitai/till"
)

// demoMembers are people who buy at the corner shop. Their phones are made up.
func demoMembers(m guitai.MerchantID) []guitai.Member {
	return []guitai.Member{
		{ID: "mem_demo_wang", Merchant: m, Code: "80010001", Phone: "13800138001", Name: "王芳", BirthMonth: 11, BirthDay: 22},
		{ID: "mem_demo_chen", Merchant: m, Code: "80010002", Phone: "13900139002", Name: "陈大伟", BirthMonth: 3, BirthDay: 8, Segment: "vip"},
		{ID: "mem_demo_chen2", Merchant: m, Code: "80010003", Phone: "13700137003", Name: "陈小满", BirthMonth: 6, BirthDay: 1},
	}
}

// enrolMembers gives the demo its members, points rules with gifts, and a few
// vouchers. Done again, it changes nothing.
func (h *house) enrolMembers(ctx context.Context, m guitai.MerchantID) error {
	club := &till.Club{Store: h.store, Rand: rand.Reader}
	if _, err := club.Member(ctx, m, "mem_demo_wang"); !guitai.NotFound.Is(err) {
		return err // it has been done, or it cannot be told
	}
	var errs []error
	for i, one := range demoMembers(m) {
		pool := till.Pool{}
		if i > 0 {
			pool = till.Pool{ID: "pol_demo_chen", Name: "陈家"}
		}
		_, err := club.Register(ctx, one, pool)
		errs = append(errs, err)
	}
	for id, n := range map[guitai.MemberID]int64{"mem_demo_wang": 1280, "mem_demo_chen": 3600} {
		_, err := club.Adjust(ctx, m, till.Adjustment{ID: "adj_" + string(id), Member: id, Points: n, Note: "从旧系统转入"})
		errs = append(errs, err)
	}
	rules := guitai.UsualPointRules()
	rules.Departments = []guitai.PointTimes{{Department: "fresh", Milli: 2000}}
	rules.Gifts = []guitai.Gift{{ID: "mug", Name: "桂花马克杯", Points: 500}, {ID: "ten", Name: "十元券", Points: 900, VoucherFen: 1000, Days: 30}}
	errs = append(errs, club.SetPointRules(ctx, m, rules, ""))
	now := h.out.now()
	for _, b := range []guitai.VoucherBatch{
		{ID: "vba_demo_ten", Name: "店庆十元券", Kind: guitai.VoucherSingle, AmountFen: 1000, MinFen: 3000, Pieces: 5},
		{ID: "vba_demo_hundred", Name: "百元储值券", Kind: guitai.VoucherBalance, AmountFen: 10_000, Pieces: 3},
	} {
		b.Merchant, b.From, b.Until = m, now, now.Add(90*24*time.Hour)
		_, err := club.Issue(ctx, b)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
