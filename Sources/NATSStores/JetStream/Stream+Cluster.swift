import NATSClient

/// Leaders and places in a cluster. On a single server, all of it is refused with `.clusterRequired`.
extension JetStream.Stream {
    /// Its leader gives way to another replica, which takes a moment in which nothing is stored.
    ///
    /// - Parameter placement: who is to lead, by name, cluster or tags. Server 2.11.
    /// - Throws: ``NATSError/Code/jetStreamRefused``, with `.clusterNoPeers` when there is nobody of the kind.
    public func stepDownLeader(for placement: Placement? = nil) async throws {
        try await jetStream.stepDown("STREAM.LEADER.STEPDOWN.\(name)", placement, concerns)
    }

    /// Takes a server out of those that have a replica. Another one takes its place if there is one that fits.
    ///
    /// - Parameter server: its name, or its id as a peer.
    /// - Throws: ``NATSError/Code/jetStreamRefused``, with `.clusterPeerNotMember` when it has no replica.
    public func removePeer(_ server: String) async throws {
        _ = try await jetStream.call(
            "STREAM.PEER.REMOVE.\(name)", PeerRequest(peer: server).json, concerns: concerns, as: EmptyReply.self)
    }

    /// Moves the replicas of the stream and of its consumers from a server to another one, which gets everything before the first
    /// one lets go. ``ClusterInfo/desired`` says how far it is. Server 2.15.
    ///
    /// - Parameter server: its name, or its id as a peer.
    /// - Throws: ``NATSError/Code/jetStreamRefused``; ``NATSError/Code/serverTooOld``.
    public func evacuatePeer(_ server: String) async throws {
        _ = try await jetStream.call(
            "STREAM.PEER.EVACUATE.\(name)", PeerRequest(peer: server).json, level: 5, concerns: concerns, as: EmptyReply.self)
    }

    /// Takes a move back that isn't finished. Server 2.15.
    ///
    /// - Throws: ``NATSError/Code/jetStreamRefused`` with `.streamReconfigureNotInProgress`; ``NATSError/Code/serverTooOld``.
    @discardableResult
    public func cancelMove() async throws -> StreamInfo {
        try await jetStream.call("STREAM.CANCEL_MOVE.\(name)", level: 5, concerns: concerns)
    }
}

extension JetStream.Consumer {
    /// Its leader gives way to another replica.
    ///
    /// - Parameter placement: who is to lead, by name, cluster or tags. Server 2.11.
    /// - Throws: as ``JetStream.Stream/stepDownLeader(for:)``.
    public func stepDownLeader(for placement: Placement? = nil) async throws {
        try await jetStream.stepDown(subject("CONSUMER.LEADER.STEPDOWN"), placement, concerns)
    }
}

extension JetStream {
    fileprivate func stepDown(_ subject: String, _ placement: Placement?, _ concerns: String) async throws {
        let body = placement == nil ? [] : StepDownRequest(placement: placement).json
        _ = try await call(subject, body, concerns: concerns, as: EmptyReply.self)
    }
}

/// `STREAM.PEER.REMOVE`, `STREAM.PEER.EVACUATE`
struct PeerRequest: JSONObject {
    var peer = ""
    static let fields: [JSONField<PeerRequest>] = [.always("peer", \.peer)]
}

/// `STREAM.LEADER.STEPDOWN`, `CONSUMER.LEADER.STEPDOWN`
struct StepDownRequest: JSONObject {
    var placement: Placement?
    static let fields: [JSONField<StepDownRequest>] = [.optional("placement", \.placement)]
}
