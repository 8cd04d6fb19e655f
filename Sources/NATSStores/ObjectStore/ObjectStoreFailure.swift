import NATSClient

extension NATSError.Code {
    /// There is no such object, or it was deleted.
    public static let objectNotFound = Self("objectNotFound")
    /// There is an object of this name.
    public static let objectExists = Self("objectExists")
    /// An object can't have this name.
    public static let invalidObjectName = Self("invalidObjectName")
    /// The object's bytes aren't those that were put: some are missing, or their digest is another one.
    public static let objectDamaged = Self("objectDamaged")
    /// The object was replaced or removed while it was read.
    public static let objectChanged = Self("objectChanged")
    /// A link leads to a whole bucket, to a link, or in a circle.
    public static let invalidLink = Self("invalidLink")
}

extension ObjectStore {
    /// Does what may succeed later until it does, at most for so long. For steps that must not be left half done.
    func persistently<Value>(within limit: Duration, _ body: () async throws -> Value) async throws -> Value {
        let clock = ContinuousClock()
        let end = clock.now.advanced(by: limit)
        while true {
            do {
                return try await body()
            } catch let error as NATSError where error.isRetryable && clock.now < end {
                try await jetStream.connection.pause(Self.retryPause)
            }
        }
    }

    private static let retryPause = Duration.milliseconds(250)

    func notFound(_ name: String) -> NATSError { NATSError(.objectNotFound, "\(concerns) has no object '\(name)'") }
}
