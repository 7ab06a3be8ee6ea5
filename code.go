package guitai

// The codes that Guitai's own rules give. Texts for people stand in text.go;
// a test checks that each code here has one in each language.
const (
	// The request is wrong; nothing was stored.
	CodeAmountZero       Code = "amount_zero"
	CodeAmountNegative   Code = "amount_negative"
	CodeAmountTooLarge   Code = "amount_too_large"
	CodeAmountNotWhole   Code = "amount_not_whole"
	CodeCurrencyUnknown  Code = "currency_unknown"
	CodeKindUnknown      Code = "kind_unknown"
	CodeWalletUnknown    Code = "wallet_unknown"
	CodeWalletNotEnabled Code = "wallet_not_enabled"
	CodeCodeMissing      Code = "code_missing"
	CodeCodeMalformed    Code = "code_malformed"
	CodeCodeNoWallet     Code = "code_unknown_wallet"
	CodeCodeTooLong      Code = "code_too_long"
	CodeIDMalformed      Code = "id_malformed"
	CodeFieldMissing     Code = "field_missing"
	CodeFieldInvalid     Code = "field_invalid"
	CodeFieldUnknown     Code = "field_unknown"
	CodeBodyMalformed    Code = "body_malformed"
	CodeBodyTooLarge     Code = "body_too_large"
	CodeExpiryInvalid    Code = "expiry_invalid"
	CodeRefundExceeds    Code = "refund_exceeds"

	// No such thing.
	CodePaymentNotFound  Code = "payment_not_found"
	CodeRefundNotFound   Code = "refund_not_found"
	CodeSuspenseNotFound Code = "suspense_not_found"
	CodeIncidentNotFound Code = "incident_not_found"
	CodeTillNotFound     Code = "till_not_found"
	CodePageNotFound     Code = "page_not_found"
	CodeMethodNotAllowed Code = "method_not_allowed"

	// The thing is in another state.
	CodeIDTaken        Code = "id_taken"
	CodeSaleTaken      Code = "sale_taken"
	CodePaymentNotPaid Code = "payment_not_paid"
	CodePaymentNotOpen Code = "payment_not_open"
	CodeNotVoidable    Code = "not_voidable"
	CodeNotAttachable  Code = "not_attachable"

	// Not allowed.
	CodeKeyMissing      Code = "key_missing"
	CodeKeyWrong        Code = "key_wrong"
	CodeSignedOut       Code = "signed_out"
	CodePINWrong        Code = "pin_wrong"
	CodePINLocked       Code = "pin_locked"
	CodeRoleForbidden   Code = "role_forbidden"
	CodeForeignOrigin   Code = "foreign_origin"
	CodeTooManyTries    Code = "too_many_tries"
	CodeRuleRefused     Code = "rule_refused"
	CodeManagerNeeded   Code = "manager_needed"
	CodeApprovalInvalid Code = "approval_invalid"

	// The wallet said no; no money moved.
	CodeCodeExpired      Code = "code_expired"
	CodeCodeUsed         Code = "code_used"
	CodeCodeRefused      Code = "code_refused"
	CodeBalanceLow       Code = "balance_low"
	CodeRiskRefused      Code = "risk_refused"
	CodeLimitReached     Code = "limit_reached"
	CodePasswordWrong    Code = "password_wrong"
	CodePayerCancelled   Code = "payer_cancelled"
	CodePayerBlocked     Code = "payer_blocked"
	CodeOrderRefused     Code = "order_refused"
	CodeAccountTrouble   Code = "account_trouble"
	CodeWalletRefused    Code = "wallet_refused"
	CodeMerchantFundsLow Code = "merchant_funds_low"
	CodeRefundTooLate    Code = "refund_too_late"
	CodePayerAccountGone Code = "payer_account_gone"

	// It ended without money.
	CodeCodeLapsed       Code = "code_lapsed"
	CodeClosedByMerchant Code = "closed_by_merchant"
	CodeReversedNoAnswer Code = "reversed_no_answer"
	CodeClosedAtWallet   Code = "closed_at_wallet"

	// The pay page.
	CodeCodeForeign   Code = "code_foreign"
	CodeCodeRevoked   Code = "code_revoked"
	CodeOtherPayer    Code = "other_payer"
	CodeOtherWallet   Code = "other_wallet"
	CodePayerNotNamed Code = "payer_not_named"
	CodeLimitStatic   Code = "limit_static"

	// It did not happen.
	CodeWalletUnreachable Code = "wallet_unreachable"
	CodeWalletBusy        Code = "wallet_busy"
	CodeNotSent           Code = "not_sent"
	CodeStoreFull         Code = "store_full"
	CodeStoreBroken       Code = "store_broken"
	CodeStoreBusy         Code = "store_busy"
	CodeClockWrong        Code = "clock_wrong"
	CodeStopping          Code = "stopping"

	// It may have happened.
	CodeOutcomeUnknown Code = "outcome_unknown"
	CodeCommitUnknown  Code = "commit_unknown"
	CodeAmountDiffers  Code = "amount_differs"
	CodeRefundOverdue  Code = "refund_overdue"

	// Enrolled tills, and codes that a till made without a line.
	CodeTillKeyNotFound  Code = "till_key_not_found"
	CodeTillKeyNeeded    Code = "till_key_needed"
	CodeTillKeyWrong     Code = "till_key_wrong"
	CodeTillKeyRevoked   Code = "till_key_revoked"
	CodeTillClockWrong   Code = "till_clock_wrong"
	CodeEnrolmentWrong   Code = "enrolment_code_wrong"
	CodeOfflineUnknown   Code = "offline_code_unknown"
	CodeOfflineRevoked   Code = "offline_code_revoked"
	CodeOfflineExpired   Code = "offline_code_expired"
	CodeOfflineClock     Code = "offline_clock_wrong"
	CodeOfflineAmount    Code = "offline_amount_differs"
	CodeOfflineSettled   Code = "offline_settled"
	CodeOfflineRounds    Code = "offline_rounds_over"
	CodeOfflineSlotsOver Code = "offline_slots_over"

	// Printers.
	CodePrinterUnreachable Code = "printer_unreachable"
	CodePrinterPaperOut    Code = "printer_paper_out"
	CodePrinterCoverOpen   Code = "printer_cover_open"
	CodePrinterOffline     Code = "printer_offline"
	CodePrinterNone        Code = "printer_none"

	// Static codes and the rounds that look after them.
	CodeStickerNotFound  Code = "sticker_not_found"
	CodeStickerRevoked   Code = "sticker_revoked"
	CodeStickerNoAddress Code = "sticker_no_address"
	CodeRoundNotFound    Code = "round_not_found"
	CodeRoundEnded       Code = "round_ended"
	CodeRoundFull        Code = "round_full"

	// Webhooks and accounts; no money in it.
	CodeWebhookURL       Code = "webhook_url_forbidden"
	CodeWebhooksMany     Code = "webhooks_too_many"
	CodeWebhookNotFound  Code = "webhook_not_found"
	CodeDeliveryNotFound Code = "delivery_not_found"
	CodeWebhookOff       Code = "webhook_off"
	CodeAccountWrong     Code = "account_wrong"
	CodeAccountNotFound  Code = "account_not_found"
	CodeAccountChanged   Code = "account_changed"

	// Holds, members, points, vouchers and approvals.
	CodeHoldNotFound      Code = "hold_not_found"
	CodeHoldTaken         Code = "hold_taken"
	CodeHoldsFull         Code = "holds_full"
	CodeMemberNotFound    Code = "member_not_found"
	CodeMemberKnown       Code = "member_known"
	CodePhoneInvalid      Code = "phone_invalid"
	CodePointsShort       Code = "points_short"
	CodePointsOff         Code = "points_off"
	CodeGiftNotFound      Code = "gift_not_found"
	CodeVoucherNotFound   Code = "voucher_not_found"
	CodeVoucherSpent      Code = "voucher_spent"
	CodeVoucherEarly      Code = "voucher_early"
	CodeVoucherExpired    Code = "voucher_expired"
	CodeVoucherMinimum    Code = "voucher_minimum"
	CodeVoucherOtherTill  Code = "voucher_other_till"
	CodeRedemptionMissing Code = "redemption_not_found"
	CodeRedemptionEnded   Code = "redemption_ended"
	CodeVoucherRefused    Code = "voucher_refused"
	CodePointsRefused     Code = "points_refused"
	CodeActUnknown        Code = "act_unknown"
	CodeLimitTooLow       Code = "limit_too_low"
	CodeRequestNotFound   Code = "approval_request_not_found"
	CodeRequestAnswered   Code = "approval_request_answered"
	CodeLeaveCodeWrong    Code = "approval_code_wrong"
	CodeOfficeOnly        Code = "office_only"

	// Our fault.
	CodeInternal Code = "internal"
)
