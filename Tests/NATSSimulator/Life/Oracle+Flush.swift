import NATSClient

extension Oracle {
    /// A flush is over: what this client's users were promised before it has arrived, or is counted as lost.
    func checkFlush(_ promised: Set<String>, of client: String, _ statistics: ConnectionStatistics) {
        let prefix = "m\(client)."
        let missing = promised.count { $0.hasPrefix(prefix) && received[$0] == nil }
        let lost = Int(clamping: statistics.publishesLostUnknown + statistics.publishesDiscarded)
        check(
            missing <= lost,
            "\(client): a flush is over, and \(missing) publishes before it are missing, of which \(lost) count as lost")
    }
}
