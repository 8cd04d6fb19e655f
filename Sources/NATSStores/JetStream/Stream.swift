import NATSClient

extension JetStream {
    /// A stream: what it has, what to remove from it, and its consumers.
    ///
    /// A value; it doesn't change when the stream does. ``cachedInfo`` is what the server said when the value was made. Nested,
    /// so that it never meets the `Stream` of Foundation.
    public struct Stream: Sendable {
        /// The API through which it is reached.
        public let jetStream: JetStream
        /// Its name.
        public let name: String
        /// What the server said when this value was made; nil when nobody has asked.
        public let cachedInfo: StreamInfo?

        var concerns: String { "stream '\(name)'" }
    }
}

extension JetStream.Stream {
    /// What the server says of it now.
    ///
    /// - Parameter withDeleted: also the numbers of all deleted messages, of which there may be many.
    /// - Throws: ``NATSError/Code/jetStreamRefused`` with `.streamNotFound`.
    public func info(withDeleted: Bool = false) async throws -> StreamInfo {
        try await jetStream.call(
            "STREAM.INFO.\(name)", withDeleted ? StreamInfoRequest(deletedDetails: true).json : [], concerns: concerns)
    }

    /// How many messages each subject has, of those that match `filter`. Goes over all pages; a page has up to 100,000.
    ///
    /// - Throws: ``NATSError/Code/jetStreamRefused`` with `.streamNotFound`.
    public func subjectCounts(matching filter: String = ">") async throws -> [String: UInt64] {
        var counts: [String: UInt64] = [:]
        while true {
            let request = StreamInfoRequest(subjectsFilter: filter, offset: counts.count)
            let info: StreamInfo = try await jetStream.call("STREAM.INFO.\(name)", request.json, concerns: concerns)
            let before = counts.count
            counts.merge(info.state.subjects) { _, new in new }
            // Subjects may go between two pages: a page that brings none is the last.
            if counts.count == before || counts.count >= info.matchingSubjectCount { return counts }
        }
    }

    /// Removes all messages, or those on subjects that match `filter`. Returns how many.
    ///
    /// - Throws: ``NATSError/Code/jetStreamRefused``.
    @discardableResult
    public func purge(filter: String? = nil) async throws -> UInt64 { try await purge(PurgeRequest(filter: filter)) }

    /// Removes the messages before this number, of all subjects or of those that match `filter`. Returns how many.
    @discardableResult
    public func purge(before sequence: UInt64, filter: String? = nil) async throws -> UInt64 {
        try await purge(PurgeRequest(filter: filter, sequence: sequence))
    }

    /// Removes all but the last messages, of all subjects together or of those that match `filter`. Returns how many.
    @discardableResult
    public func purge(keeping count: UInt64, filter: String? = nil) async throws -> UInt64 {
        try await purge(PurgeRequest(filter: filter, keep: count))
    }

    private func purge(_ request: PurgeRequest) async throws -> UInt64 {
        let reply: PurgeReply = try await jetStream.call("STREAM.PURGE.\(name)", request.json, concerns: concerns)
        return reply.purged
    }

    /// Removes one message.
    ///
    /// - Parameter erasing: its bytes are overwritten on the disk, too, which is slow.
    /// - Throws: ``NATSError/Code/jetStreamRefused`` when there is no such message.
    public func deleteMessage(_ sequence: UInt64, erasing: Bool = false) async throws {
        let request = MessageDeleteRequest(sequence: sequence, keepsBytes: !erasing)
        _ = try await jetStream.call("STREAM.MSG.DELETE.\(name)", request.json, concerns: concerns, as: EmptyReply.self)
    }
}
