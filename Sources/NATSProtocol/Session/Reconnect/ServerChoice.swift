/// What the one who chooses the next server may want to know. `Session` has chosen already; no answer means consent.
package struct ServerChoiceRequest: Equatable, Sendable {
    package struct Candidate: Equatable, Sendable {
        package var server: ServerAddress
        /// Given by the user, not learnt from a server.
        package var isExplicit: Bool
        /// Failed attempts since the last success.
        package var failedAttempts: Int
        /// The server has announced its end.
        package var isLameDuck: Bool
    }

    /// Names the request in its answer.
    package var number: UInt32
    /// Every server of the pool, in the order in which they would be tried.
    package var candidates: [Candidate]
    /// The server of the present connection, or of the last one.
    package var lastServer: ServerAddress?
    /// What failed last; nil if nothing did.
    package var failure: SessionFailure?
    /// The present connection goes on meanwhile; nil: there is none.
    package var move: MoveCause?
    package var proposedServer: ServerAddress
    package var proposedDelayNanoseconds: UInt64
}
