// # Addressing
//
// Who a message is about and how it travels: the terms that the modules which make, store and send
// messages have in common.
//
// - `App`: an application in one environment.
// - `MessageKind`: what a message tells, in any protocol.
// - `Envelope`: where a message is posted, with which headers, and how delivery may treat it.
// - `TrafficSums`: what messages add up to, as Apitally can be asked for it.
//
// The maker of a message fills in the envelope. The outbox stores it and delivery obeys it, and
// neither knows a protocol: a new one makes messages with other envelopes and changes nothing here.
//
// **Limits.** None of its own. `Configuring` checks that a client ID is a UUID, and that an
// environment is 1 to 32 letters, digits, `_` or `-`. An envelope must not hold secrets, because the
// outbox keeps it on disk: a token belongs to the transport.
//
// **Who may import it.** Everyone. It imports nothing, so that it can stay everyone's.
