// Names as the server spells them, with its underscores turned into capitals.

/// What tests read of `/connz` (with `?subs=1` for the subscriptions).
package struct ConnectionsPage: Decodable, Sendable {
    package struct Connection: Decodable, Sendable {
        package let cid: UInt64
        package let name: String?
        package let lang: String?
        package let version: String?
        package let subscriptions: Int
        package let inMsgs: Int
        package let outMsgs: Int
        package let inBytes: Int
        package let outBytes: Int
        package let pendingBytes: Int
        package let subscriptionsList: [String]?
    }

    package let numConnections: Int
    package let connections: [Connection]
}

/// What tests read of `/subsz`.
package struct SubscriptionsPage: Decodable, Sendable {
    package let numSubscriptions: Int
}

/// What tests read of `/varz`.
package struct ServerPage: Decodable, Sendable {
    package let connections: Int
    package let totalConnections: Int
    package let subscriptions: Int
    package let inMsgs: Int
    package let outMsgs: Int
    package let inBytes: Int
    package let outBytes: Int
    package let slowConsumers: Int
    /// Where clients of this server are told that they may connect. Absent while there is no other server.
    package let connectUrls: [String]?
}

/// What tests read of `/routez` (with `?subs=1` for the subscriptions).
package struct RoutesPage: Decodable, Sendable {
    package struct Route: Decodable, Sendable {
        package let remoteId: String
        package let remoteName: String?
        package let subscriptionsList: [String]?
    }

    package let routes: [Route]
}
