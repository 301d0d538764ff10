/// The version of backtally, which is also reported to the hub.
let version = "0.1.0"
