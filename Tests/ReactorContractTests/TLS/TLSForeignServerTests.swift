import Reactor
import TestSupport
import Testing

extension ReactorContract {
    /// Against a server that isn't made of the same engine.
    @Suite struct TLSForeignServer {
        private func start(
            _ loop: EventLoop, _ port: UInt16, _ recorder: TLSRecorder, _ context: TLSContext
        ) throws -> StreamID {
            let plain = Recorder()
            _ = try loop.run { on in
                on.connect(
                    ConnectRequest(host: "localhost", port: port, deadlineNanoseconds: on.nowNanoseconds + 10_000_000_000),
                    handler: plain)
            }
            #expect(plain.log.wait { !$0.connects.isEmpty })
            let id = try #require(plain.log.current.connects.first).get()
            let outcome = try loop.run { on -> Result<Void, TLSError> in
                on.setHandler(id, recorder)
                do throws(TLSError) {
                    let peer = TLSPeer(host: "localhost", port: port)
                    return .success(try on.startTLS(id, context, peer: peer, unconsumedByteCount: 0, handler: recorder))
                } catch {
                    return .failure(error)
                }
            }
            try outcome.get()
            return id
        }

        @Test("talks to OpenSSL's own server", arguments: Backend.allCases, ["-tls1_2", "-tls1_3"])
        func talks(_ backend: Backend, _ version: String) async throws {
            let certificates = try TLSContexts.certificates
            try await withOpenSSLServer(certificates.server, arguments: [version]) { port in
                let loop = backend.makeLoop()
                defer { loop.finish() }
                let context = try TLSContexts.client()
                let line = StableBytes(Array("hello\n"))
                for round in 0..<2 {
                    let client = TLSRecorder(
                        onEstablish: { id, on in _ = unsafe on.send(id, SendVectors(line.slice(from: 0))) })
                    let id = try start(loop, port, client, context)
                    #expect(client.log.wait { $0.bytes == Array("olleh\n") })
                    #expect(client.log.current.details.map(\.isResumed) == [round == 1])
                    try loop.close(id)
                    #expect(client.waitForClose())
                    #expect(client.log.current.failures.isEmpty)
                }
            }
        }

        @Test(
            "a client certificate that is demanded: shown, it is accepted; missing, its alert arrives",
            arguments: Backend.allCases, ["-tls1_2", "-tls1_3"])
        func demandsCertificate(_ backend: Backend, _ version: String) async throws {
            let certificates = try TLSContexts.certificates
            let demand = [version, "-Verify", "2", "-verify_return_error", "-CAfile", certificates.authority.certificate]
            try await withOpenSSLServer(certificates.server, arguments: demand) { port in
                let loop = backend.makeLoop()
                defer { loop.finish() }
                let line = StableBytes(Array("hello\n"))
                let greet: TLSRecorder.Hook = { id, on in _ = unsafe on.send(id, SendVectors(line.slice(from: 0))) }
                let anonymous = TLSRecorder(onEstablish: greet)
                let id = try start(loop, port, anonymous, TLSContexts.client())
                #expect(anonymous.log.wait { !$0.failures.isEmpty })
                let alert = anonymous.log.current.failures.first?.alert
                #expect(alert == (version == "-tls1_3" ? .certificateRequired : .handshakeFailure))
                try loop.close(id)
                #expect(anonymous.waitForClose())

                let known = TLSRecorder(onEstablish: greet)
                let context = try TLSContexts.client {
                    $0.certificateChain = .file(certificates.client.certificate)
                    $0.privateKey = .file(certificates.encryptedClient.key, passphrase: certificates.passphrase)
                }
                let knownID = try start(loop, port, known, context)
                #expect(known.log.wait { $0.bytes == Array("olleh\n") })
                try loop.close(knownID)
                #expect(known.waitForClose())
            }
        }
    }
}
