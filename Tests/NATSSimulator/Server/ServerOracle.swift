/// Hears what servers see, and keeps the books of it.
protocol ServerOracle: AnyObject {
    func serverSawMalformedFrame(_ description: String)
    func serverSawTooLargePayload(_ count: Int, _ limit: Int)
    func clientIntroducedItself(_ client: ModelClient)
    func serverReceived(_ message: ModelMessage, by client: ModelClient)
    /// `endingAt`: the message's end in the stream of bytes to the client.
    func serverSent(_ message: ModelMessage, to subscription: ModelSubscription, endingAt: Int)
}
