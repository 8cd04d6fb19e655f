import AwaitPointKit
import Reactor
import Synchronization
import Testing

@testable import NATSClient

/// Every public call of NATSStores that waits can be cut short. As `AwaitPointTests` for the client.
@Suite(.timeLimit(.minutes(10))) struct StoreAwaitPointTests {
    @Test func everyPublicCallThatWaitsHasItsRow() throws {
        // Rows leave out where streams and consumers are nested.
        let nested = /^JetStream\.(?=(Stream|Consumer)\.)/
        let ofStores = try PublicCalls.inSources { $0.hasPrefix("Sources/NATSStores/") }
        let withFoundation = try PublicCalls.inSources { $0.hasPrefix("Sources/NATSFoundation/") }
            .filter { $0.hasPrefix("JetStream.") }
        let declared = Set(ofStores.union(withFoundation).map { $0.replacing(nested, with: "") })
        let covered = Set(AwaitPoint.ofStores.flatMap(\.calls))
        #expect(declared.subtracting(covered).sorted() == [], "a public call without a row")
        #expect(covered.subtracting(declared).sorted() == [], "a row without a public call")
    }

    @Test(arguments: AwaitPoint.ofStores, EventLoop.Configuration.Backend.available)
    func aCallThatIsCutShortEndsAtOnce(point: AwaitPoint, backend: EventLoop.Configuration.Backend) async throws {
        try await point.expectItEnds(on: backend) { nats in
            #expect(nats.core.timeoutActions.withLock { $0.isEmpty }, "\(point.testDescription)")
        }
    }
}

extension EventLoop.Configuration.Backend {
    /// Those that this machine has.
    static let available = ([.epoll, .ioUring] as [Self]).filter { backend in
        let loop = EventLoop(configuration: .init(backend: backend, name: "test-backend"))
        defer { loop.shutdown() }
        return (try? loop.start()) != nil
    }
}
