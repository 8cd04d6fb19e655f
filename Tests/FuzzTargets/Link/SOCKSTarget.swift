import NATSProtocol

/// Replies of a SOCKS5 proxy. The lowest bits of the first byte choose credentials and the kind of host.
enum SOCKSTarget: FuzzTarget {
    static let name = "socks"
    static let byteCountMax = 600

    static func run(_ input: Span<UInt8>) throws(FuzzFinding) {
        guard input.count > 0 else { return }
        let credentials = input[0] & 1 == 0 ? nil : ProxyAddress.Credentials(user: "derek", password: "s3cr3t")
        let host = ["demo.nats.io", "127.0.0.1", "fe80::1%eth0", "::1"][Int(input[0] >> 1) & 3]
        let wire = input.extracting(droppingFirst: 1)
        guard let machine = try? SOCKS5StateMachine(host: host, port: 4222, credentials: credentials) else {
            throw FuzzFinding("no proxy can be used for \(host)")
        }
        var sent = ByteBuffer(minimumCapacity: 16)
        let whole = Outcome { () throws(ProxyError) in
            var machine = machine
            return try machine.received(wire, output: &sent)
        }
        var sentInParts = ByteBuffer(minimumCapacity: 16)
        let parts = Outcome { () throws(ProxyError) in
            var machine = machine
            var step = SOCKS5StateMachine.Step.needsMore
            for end in 0...wire.count where step == .needsMore {
                step = try machine.received(wire.extracting(0..<end), output: &sentInParts)
            }
            return step
        }
        try expectEqual(parts, whole, "byte by byte")
        try expectEqual([UInt8](copying: sentInParts.span), [UInt8](copying: sent.span), "what is sent byte by byte")
        guard case .value(.established(let end)?) = whole else { return }
        try expect(end <= wire.count, "the reply ends behind the bytes")
        try expect(sent.count > 6, "established without a request")
    }
}
