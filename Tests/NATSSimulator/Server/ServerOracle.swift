/// Hears what servers see, and keeps the books of it.
protocol ServerOracle: AnyObject {
    func serverSawMalformedFrame(_ description: String)
    func serverSawTooLargePayload(_ count: Int, _ limit: Int)
    func serverReceived(body: [UInt8], subject: String, by client: ModelClient)
    /// `endingAt`: the message's end in the stream of bytes to the client.
    func serverSent(body: [UInt8], to subscription: ModelSubscription, endingAt: Int)
}
