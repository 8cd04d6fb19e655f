import Testing

@testable import NATSProtocol

@Suite struct HandshakeStateMachineTests {
    private typealias Machine = HandshakeStateMachine

    private static let error = ServerError(text: "Authorization Violation")
    private static let tls = Machine.Offer(tlsRequired: true)

    /// One machine per state, made the way that a connection makes it.
    private static func makeMachines() -> [(name: String, machine: Machine)] {
        let transport = Machine(requirements: .init())
        var tlsFirst = Machine(requirements: .init(tlsRequired: true, tlsFirst: true))
        _ = tlsFirst.transportConnected()
        var info = transport
        _ = info.transportConnected()
        var afterInfo = info
        _ = afterInfo.infoReceived(tls)
        var signature = Machine(requirements: .init(asksForCredentials: true))
        _ = signature.transportConnected()
        _ = signature.infoReceived(.init(nonce: "n"))
        var pong = info
        _ = pong.infoReceived(.init())
        var established = pong
        _ = established.received(.pong)
        var failed = pong
        _ = failed.received(.error(error))
        return [
            ("transport", transport), ("tlsFirst", tlsFirst), ("info", info), ("tls", afterInfo),
            ("signature", signature), ("pong", pong), ("established", established), ("failed", failed),
        ]
    }

    private static let events: [(name: String, event: @Sendable (inout Machine) -> Machine.Step)] = [
        ("connected", { $0.transportConnected() }),
        ("tls up", { $0.tlsEstablished() }),
        ("info", { $0.infoReceived(.init()) }),
        ("info tls", { $0.infoReceived(tls) }),
        ("signed", { $0.authenticated(.none) }),
        ("signature failed", { $0.authenticationFailed("x") }),
        ("ping", { $0.received(.ping) }),
        ("pong", { $0.received(.pong) }),
        ("ok", { $0.received(.ok) }),
        ("error", { $0.received(.error(error)) }),
    ]

    /// Every cell: what follows, in the order of `makeMachines`. A dash is nothing; the failed machine repeats itself.
    private static let expected: [String: [String]] = [
        "connected": ["-", "-", "-", "-", "-", "-", "-", "server"],
        "tls up": ["-", "-", "-", "connect", "-", "-", "-", "server"],
        "info": ["expectedInfo", "plain", "connect", "plain", "-", "-", "-", "server"],
        "info tls": ["expectedInfo", "plain", "startTLS", "plain", "-", "-", "-", "server"],
        "signed": ["-", "-", "-", "-", "connect", "-", "-", "server"],
        "signature failed": ["-", "-", "-", "-", "signature", "-", "-", "server"],
        "ping": ["expectedInfo", "plain", "expectedInfo", "plain", "pong", "pong", "-", "server"],
        "pong": ["expectedInfo", "plain", "expectedInfo", "plain", "-", "established", "-", "server"],
        "ok": ["expectedInfo", "plain", "expectedInfo", "plain", "-", "-", "-", "server"],
        "error": ["server", "plain", "server", "plain", "server", "server", "-", "server"],
    ]

    private func name(_ step: Machine.Step) -> String {
        switch step {
        case .none: "-"
        case .startTLS: "startTLS"
        case .authenticate: "sign"
        case .sendConnect: "connect"
        case .answerPing: "pong"
        case .established: "established"
        case .fail(.expectedInfo): "expectedInfo"
        case .fail(.bytesBeforeTLS): "plain"
        case .fail(.credentialsUnavailable): "signature"
        case .fail(.server): "server"
        case .fail: "other failure"
        }
    }

    @Test func everyCell() throws {
        for (eventName, event) in Self.events {
            let row = try #require(Self.expected[eventName])
            let machines = Self.makeMachines()
            #expect(row.count == machines.count)
            for (column, (state, machine)) in zip(row, machines) {
                var machine = machine
                #expect(name(event(&machine)) == column, "\(state) × \(eventName)")
            }
        }
    }

    @Test func failureIsRepeatedForEver() {
        for (_, first) in Self.events {
            var machine = Machine(requirements: .init())
            _ = machine.transportConnected()
            _ = machine.received(.ok)
            #expect(first(&machine) == .fail(.expectedInfo))
            #expect(machine.awaited == nil)
        }
    }

    @Test func webSocketIsNeverUpgradedWithin() {
        var machine = Machine(
            requirements: .init(transportIsSecure: true, transportCanUpgrade: false, tlsRequired: true))
        #expect(machine.transportConnected() == .none)
        #expect(machine.infoReceived(Self.tls) == .sendConnect(nil))
        var plain = Machine(requirements: .init(transportCanUpgrade: false, tlsRequired: true))
        _ = plain.transportConnected()
        #expect(plain.infoReceived(Self.tls) == .fail(.tlsNotOffered))
    }

    @Test func tlsIsTakenWhenOfferedAndWanted() {
        var machine = Machine(requirements: .init(tlsRequired: true))
        _ = machine.transportConnected()
        #expect(machine.infoReceived(.init(tlsAvailable: true)) == .startTLS)
        var relaxed = Machine(requirements: .init())
        _ = relaxed.transportConnected()
        #expect(relaxed.infoReceived(.init(tlsAvailable: true)) == .sendConnect(nil))
    }

    @Test func theDriverIsAskedAlsoWithoutANonce() {
        var machine = Machine(requirements: .init(asksForCredentials: true))
        _ = machine.transportConnected()
        var other = machine
        #expect(machine.infoReceived(.init(nonce: "")) == .authenticate(""))
        #expect(other.infoReceived(.init(nonce: nil)) == .authenticate(""))
        #expect(machine.authenticated(.token("t")) == .sendConnect(.token("t")))
    }
}
