// The samples of Docs/JetStream/Managing.md. Scripts/check-readme compares them with the document word for word.

import NATSStores

enum Managing {
    static func streams(_ nats: NATSConnection) async throws -> JetStream {
        let js = nats.jetStream()
        var configuration = StreamConfiguration(name: "ORDERS", subjects: ["orders.>"])
        configuration.maximumAge = .seconds(7 * 24 * 3_600)
        configuration.allowsDirectGet = true
        let stream = try await js.createStream(configuration)

        try await stream.update { $0.description = "a week of orders" }
        print(try await stream.info().state.messages)
        try await stream.purge(filter: "orders.test.>")
        return js
    }

    static func elsewhere(_ nats: NATSConnection) {
        let hub = nats.jetStream(domain: "hub")
        let imported = nats.jetStream(prefix: "JS.shared")
        var patient = nats.jetStream()
        patient.timeout = .seconds(30)
        print(hub.prefix, imported.prefix, patient.timeout)
    }

    static func errors(_ js: JetStream) async throws {
        do {
            _ = try await js.stream("NOBODY")
        } catch let error as NATSError where error.jetStream?.code == .streamNotFound {
            print("there is no such stream")
        }
    }

    static func listing(_ js: JetStream) async throws {
        for try await info in js.streams(matching: "orders.>") {
            print(info.configuration.name, info.state.bytes)
        }
        let all = try await js.streams().all()
        if !all.missing.isEmpty { print("nobody knows how these are:", all.missing) }
        print(try await js.streamName(for: "orders.new") ?? "nobody stores new orders")
    }

    static func consumers(_ js: JetStream) async throws {
        let stream = try await js.stream("ORDERS")
        var configuration = ConsumerConfiguration(durable: "billing", filterSubjects: ["orders.paid"])
        configuration.maximumDeliveries = 5
        configuration.backOff = [.seconds(1), .seconds(10), .seconds(60)]
        let consumer = try await stream.createOrUpdateConsumer(configuration)

        try await consumer.pause(for: .seconds(600))
        try await consumer.resume()
        print(try await consumer.info().pending)
    }

    static func reading(_ js: JetStream) async throws {
        let stream = try await js.stream("ORDERS")
        let last = try await stream.lastMessage(on: "orders.paid")
        print(last?.string ?? "nothing was paid")

        let latest = try await stream.lastMessages(on: ["orders.*"], count: 100)
        print(latest.elements.count, "of", latest.elements.count + Int(latest.pendingCount))

        for try await message in stream.storedMessages(matching: "orders.new") { print(message.sequence, message.timestamp) }
    }

    static func deadLetters(_ stream: JetStream.Stream) async throws {
        for try await letter in try await stream.deadLetters(of: "billing", queueGroup: "undertakers") {
            print(letter.sequence, letter.reason, letter.message?.string ?? "gone")
        }
    }

    static func advisories(_ js: JetStream) async throws {
        for try await advisory in try await js.advisories(.stream("ORDERS")) {
            if case .quorumLost(let change) = advisory.event { print("too few servers:", change.replicas) }
        }
    }

    static func backup(_ js: JetStream, _ folder: String) async throws {
        let stream = try await js.stream("ORDERS")
        try await stream.backUp(to: folder) { print($0.bytes, "bytes so far") }

        let copy = try await js.restoreStream(from: folder) {
            $0.name = "ORDERS_COPY"
            $0.subjects = ["copies.orders.>"]
        }
        print(copy.name)
    }

    static func leaders(_ stream: JetStream.Stream) async throws {
        try await stream.stepDownLeader(for: Placement(preferredLeader: "n2"))
        try await stream.evacuatePeer("n1")
    }

    /// Runs all that a single server can do, on a server with JetStream.
    static func run(_ nats: NATSConnection, folder: String) async throws {
        let js = try await streams(nats)
        elsewhere(nats)
        try await errors(js)
        try await listing(js)
        try await consumers(js)
        try await reading(js)
        try await backup(js, folder)
    }
}
