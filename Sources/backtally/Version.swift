/// The version of backtally, which it also tells the hub.
let version = "0.1.0"
