import NATSProtocol

/// Answers in HTTP: to the upgrade to a WebSocket and to CONNECT of a proxy. The same whether they come whole or byte by byte.
enum UpgradeTarget: FuzzTarget {
    static let name = "upgrade"

    static func run(_ input: Span<UInt8>) throws(FuzzFinding) {
        try expectUpgrade(input)
        try expectProxy(input)
    }

    private static func expectUpgrade(_ input: Span<UInt8>) throws(FuzzFinding) {
        for isOffering in [false, true] {
            // The key, and with it the answer that is accepted, is the same in every run.
            var random = RandomSource(seed: 1)
            var offer = WebSocketUpgrade.Offer()
            (offer.compression, offer.noMasking) = (isOffering, isOffering)
            let server = ServerAddress(scheme: .ws, host: "demo.nats.io")
            guard let upgrade = try? WebSocketUpgrade(server: server, offer: offer, random: &random) else {
                throw FuzzFinding("no upgrade can be asked for")
            }
            let whole = Outcome { () throws(WebSocketError) in
                var upgrade = upgrade
                return try upgrade.response(input)
            }
            let parts = Outcome { () throws(WebSocketError) in
                var upgrade = upgrade
                for end in 0..<input.count {
                    if let accepted = try upgrade.response(input.extracting(0..<end + 1)) { return accepted }
                }
                return nil
            }
            try expectEqual(parts, whole, "byte by byte")
            guard case .value(let accepted?) = whole else { continue }
            try expect(accepted.end <= input.count, "the head ends behind the bytes")
            try expect(isOffering || !accepted.compresses && accepted.masks, "accepts what wasn't offered")
        }
    }

    private static func expectProxy(_ input: Span<UInt8>) throws(FuzzFinding) {
        let machine = HTTPConnectStateMachine(host: "demo.nats.io", port: 4222)
        let whole = Outcome { () throws(ProxyError) in
            var machine = machine
            return try machine.received(input)
        }
        let parts = Outcome { () throws(ProxyError) in
            var machine = machine
            for end in 0..<input.count {
                if let end = try machine.received(input.extracting(0..<end + 1)) { return end }
            }
            return nil
        }
        try expectEqual(parts, whole, "a proxy byte by byte")
        if case .value(let end?) = whole { try expect(end <= input.count, "the head ends behind the bytes") }
    }
}

/// What a call returned or threw, to be compared.
enum Outcome<Value: Equatable, Failure: Error & Equatable>: Equatable {
    case value(Value?)
    case failure(Failure)

    init(_ body: () throws(Failure) -> Value?) {
        do throws(Failure) {
            self = .value(try body())
        } catch {
            _ = "\(error)"
            self = .failure(error)
        }
    }
}
