// Package channel is the contract between the switch and an adapter to one
// wallet or bank, small on purpose: charge and refund are required, everything
// else is a small extra interface that an adapter has or has not.
//
// A channel never decides what becomes of a payment, never stores anything and
// never tries again by itself: it sends one message, reads the answer, and says
// what the wallet's words mean. What it cannot read means "unknown".
//
// It may import only the root package; the adapters in its subfolders may also
// import qr. Start reading at channel.go; channeltest holds the exam that every
// adapter passes.
package channel
