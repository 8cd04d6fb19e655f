import NATSClient

extension Oracle {
    /// A flush is over: what was accepted before it has arrived, or is counted as lost.
    func checkFlush(_ promised: Set<String>, _ statistics: ConnectionStatistics) {
        let missing = promised.count { received[$0] == nil }
        let lost = Int(clamping: statistics.publishesLostUnknown + statistics.publishesDiscarded)
        check(missing <= lost, "a flush is over, and \(missing) publishes before it are missing, of which \(lost) count as lost")
    }

    /// Nobody publishes, and a flush is over: nothing is left between the user and the server.
    func checkQuiet(_ statistics: ConnectionStatistics) {
        let left = statistics.publishesPending + statistics.publishesUnconfirmed
        check(
            left == 0, "\(statistics.publishesPending) publishes pending, \(statistics.publishesUnconfirmed) unconfirmed in calm")
    }
}
