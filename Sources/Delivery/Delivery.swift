// # Delivery
//
// Carries messages from a queue to a hub over HTTP until the hub has accepted them, whatever happens in
// between. It knows a message by its `Envelope` and its bytes: no protocol, no kinds.
//
// - `DeliverySchedule` and `RetryPolicy` decide, as pure structs: what is sent when, what an answer
//   means, when to give up. Their tests run whole deliveries without a clock or a socket.
// - `Courier` does what they say, between a `MessageSource` (the queue) and a `Transport`.
// - `HTTPTransport` is the transport: HTTP/1.1 or TLS, through a proxy if the environment names one.
// - `ReadingClient` asks Apitally's API what has arrived, over HTTP of the same kind.
//
// **On the wire**: a message is one POST to the hub's base URL and the envelope's path and query, with
// the envelope's headers and `User-Agent`. What each answer leads to is the table at `RetryPolicy`.
// A message is sent again until it is accepted or refused, so a hub may get it twice; it has the same
// bytes each time, with an identity that the hub recognises.
//
// **Limits**: `DeliverySchedule.Limits` (attempts at a time, messages and bytes in memory, grace when
// stopping), `RetryPolicy.Limits` (delays, patience, attempts per message), `HTTPTransport.Settings`
// (`attemptTimeout`, `answerLimit`), `HTTPTransport.reasonLimit`, `ReadingClient.attemptLimit`, `.waitLimit` and
// `.answerLimit`.
//
// **Errors**: `HubURL.Problem` and `ProxyProblem` for addresses that cannot be used; an attempt never
// throws but ends in an `AttemptOutcome`. Texts hold no URL and no secret.
//
// **Who may import it**: `Importing`. It imports `Addressing` and `Diagnostics`, and knows neither the
// outbox nor logs.
