import NATSProtocol

extension NATSConnection {
    /// Asks the server who we are to it, and what we may do (`$SYS.REQ.USER.INFO`).
    ///
    /// - Parameter timeout: default `ConnectOptions.requestTimeout`, 5 s.
    /// - Throws: ``NATSError/Code/permissionViolation`` when the user may not publish to that subject,
    ///   ``NATSError/Code/noResponders`` or ``NATSError/Code/timedOut`` when the server doesn't answer (it is older than
    ///   2.10, or has no system account), ``NATSError/Code/serverError`` with the server's reason; and what `request`
    ///   throws. Costs one request. Source: `userInfoReq` in nats-server's `server/events.go`.
    public func userInfo(timeout: Duration? = nil) async throws -> UserInfo {
        let subject = "$SYS.REQ.USER.INFO"
        let reply: Message
        do {
            reply = try await request(subject, timeout: timeout)
        } catch let error as NATSError where error.code == .noResponders || error.code == .timedOut {
            throw NATSError(
                error.code, "the server doesn't say who we are: that needs server 2.10 or later with a system account",
                server: error.server, subject: subject, underlying: error)
        }
        return try UserInfo(parsing: reply.bytes)
    }
}
