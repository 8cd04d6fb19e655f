import AwaitPointKit
import Synchronization
import TestSupport
import Testing

@testable import NATSClient

/// Every public call that waits can be cut short: by its task's cancellation, by a close, by the end of its loop. It ends at
/// once, with the error that its documentation names, and leaves nothing behind. Those of NATSStores stand in a table of its own.
@Suite(.timeLimit(.minutes(4))) struct AwaitPointTests {
    @Test func everyPublicCallThatWaitsHasItsRow() throws {
        let declared = try PublicCalls.inSources { !$0.hasPrefix("Sources/NATSStores/") }.filter { !$0.hasPrefix("JetStream.") }
        let covered = Set(AwaitPoint.all.flatMap(\.calls)).union(ConnectPhase.calls).union(Self.elsewhere.keys)
        #expect(declared.subtracting(covered).sorted() == [], "a public call without a row")
        #expect(covered.subtracting(declared).sorted() == [], "a row without a public call")
    }

    /// Calls that wait for no server, or not for themselves, and the test that cuts them short.
    private static let elsewhere = [
        "NATSConnection.reconnect()": "ScopePointTests.reconnectNeverWaits",
        "NATSConnection.reloadTLS()": "HelperPointTests.whoeverWaitsForAFileIsCancelledAtOnce",
        "NATS.withConnection(String?, function)": "ScopePointTests",
        "NATS.withConnection(context, function)": "ScopePointTests",
    ]

    @Test(arguments: AwaitPoint.all, TestBackend.available)
    func aCallThatIsCutShortEndsAtOnce(point: AwaitPoint, backend: TestBackend) async throws {
        try await point.expectItEnds(on: backend.kind) { nats in
            #expect(nats.core.timeoutActions.withLock { $0.isEmpty })
        }
    }
}
