import Foundation
import NATSClient
import TestSupport
import Testing

/// TLS over reconnects: sessions go on, rotated files are used, broken ones do no harm.
@Suite(.timeLimit(.minutes(3))) struct TLSReconnectTests {
    private let certificates: TestCertificates

    init() throws { certificates = try TestCertificates.shared.get() }

    /// Cuts the connection and waits for the next one.
    private func reconnect(_ proxy: CuttingProxy, _ log: EventLog) async throws {
        let count = log.matching(\.isReconnected).count
        proxy.harmAll(.reset)
        try await eventually("the client is back") { log.matching(\.isReconnected).count > count }
    }

    @Test(arguments: Backend.tested) func aSessionGoesOnOverAReconnect(backend: Backend) async throws {
        let certificates = certificates
        try await withBench(backend, .with { $0.tls = .init(certificates.server) }) { bench in
            try await withCuttingProxy(to: bench.server.port) { proxy in
                let nats = try await bench.connect(proxy.url) {
                    $0.tls = TLSConfiguration(trustRoots: .file(certificates.authority.certificate))
                }
                let log = EventLog(nats)
                #expect(nats.tlsDetails?.isResumed == false)
                for _ in 0..<2 {
                    // The ticket for the next handshake comes with the server's first bytes.
                    try await nats.flush()
                    try await reconnect(proxy, log)
                    #expect(nats.tlsDetails?.isResumed == true)
                    #expect(nats.tlsDetails?.certificate?.subject.contains("CN=server") == true)
                }
                await nats.close()
            }
        }
    }

    @Test(arguments: Backend.tested, [true, false])
    func rotatedFilesAreUsedByTheNextConnection(backend: Backend, isAskedTo: Bool) async throws {
        let certificates = certificates
        let folder = try TemporaryFolder()
        let roots = folder.file("roots.pem")
        try copy(certificates.authority.certificate, to: roots)
        try await withBench(backend, .with { $0.tls = .init(certificates.server) }) { bench in
            try await withCuttingProxy(to: bench.server.port) { proxy in
                let nats = try await bench.connect(proxy.url) { $0.tls = TLSConfiguration(trustRoots: .file(roots)) }
                let log = EventLog(nats)
                try await bench.server.reload { $0.tls = .init(certificates.stranger) }
                try copy(certificates.otherAuthority.certificate, to: roots)
                if isAskedTo { try await nats.reloadTLS() }
                #expect(nats.tlsDetails?.certificate?.subject.contains("CN=server") == true)
                try await reconnect(proxy, log)
                #expect(nats.tlsDetails?.certificate?.subject.contains("CN=stranger") == true)
                #expect(nats.tlsDetails?.isResumed == false)
                await nats.close()
            }
        }
        withExtendedLifetime(folder) {}
    }

    @Test(arguments: Backend.tested) func aBrokenFileIsReportedAndTheOldOneServes(backend: Backend) async throws {
        let certificates = certificates
        let folder = try TemporaryFolder()
        let roots = folder.file("roots.pem")
        try copy(certificates.authority.certificate, to: roots)
        try await withBench(backend, .with { $0.tls = .init(certificates.server) }) { bench in
            try await withCuttingProxy(to: bench.server.port) { proxy in
                let nats = try await bench.connect(proxy.url) { $0.tls = TLSConfiguration(trustRoots: .file(roots)) }
                let log = EventLog(nats)
                try folder.write("half a certi", to: "roots.pem")
                let error = await expectError(.tlsFailed) { try await nats.reloadTLS() }
                #expect(error?.description.contains(roots) == true)
                try await reconnect(proxy, log)
                let reported = try await log.first("the broken file is reported") { event in
                    if case .tlsReloadFailed(let error) = event { error } else { nil }
                }
                #expect(reported.description.contains(roots))
                try await nats.flush()
                await nats.close()
            }
        }
        withExtendedLifetime(folder) {}
    }

    private func copy(_ source: String, to target: String) throws {
        try Data(contentsOf: URL(fileURLWithPath: source)).write(to: URL(fileURLWithPath: target))
    }
}
