import NATSClient
import NATSStores
import TestSupport
import Testing

/// What a server can say on the subject of a pull request, and what follows from it.
struct PullStatusCase: Sendable, CustomTestStringConvertible {
    /// Of a pull that asks once.
    enum Once: Sendable, Equatable {
        /// Nothing: it waits on.
        case goesOn
        /// It ends with what it has.
        case ends
        /// It asks for what it still lacks.
        case asksAgain
        /// It ends with what it has, or with this error when it has nothing.
        case fails(NATSError.Code)
    }

    /// Of a pull that goes on for ever.
    enum Continuous: Sendable, Equatable {
        case goesOn
        case asksAgain
        case fails(NATSError.Code)
    }

    let status: String
    let once: Once
    let continuous: Continuous
    var headers = ""

    var testDescription: String { status }

    static let all = [
        PullStatusCase(status: "100 Idle Heartbeat", once: .goesOn, continuous: .goesOn, headers: "Nats-Last-Consumer: 0\r\n"),
        PullStatusCase(
            status: "400 Bad Request - heartbeat value too large", once: .fails(.pullRefused), continuous: .fails(.pullRefused)),
        refused("json: cannot unmarshal string"), refused("Priority Group missing"), refused("Invalid Priority Group"),
        refused("Not a Overflow Priority consumer"), refused("Not a Pinned Client Priority consumer"),
        refused("Priority must be between 0 and 9"),
        PullStatusCase(status: "100 FlowControl Request", once: .goesOn, continuous: .goesOn),
        PullStatusCase(status: "404 No Messages", once: .ends, continuous: .asksAgain),
        PullStatusCase(status: "408 Request Timeout", once: .ends, continuous: .asksAgain, headers: pending),
        PullStatusCase(status: "408 Interest Expired", once: .ends, continuous: .asksAgain, headers: pending),
        PullStatusCase(status: "408 Requests Pending", once: .ends, continuous: .asksAgain),
        PullStatusCase(status: "409 Message Size Exceeds MaxBytes", once: .ends, continuous: .asksAgain, headers: pending),
        PullStatusCase(status: "409 Batch Completed", once: .ends, continuous: .asksAgain, headers: pending),
        PullStatusCase(status: "409 Leadership Change", once: .asksAgain, continuous: .asksAgain),
        PullStatusCase(status: "409 Server Shutdown", once: .asksAgain, continuous: .asksAgain, headers: pending),
        PullStatusCase(status: "409 Consumer Deleted", once: .fails(.consumerDeleted), continuous: .fails(.consumerDeleted)),
        PullStatusCase(
            status: "409 Consumer is push based", once: .fails(.wrongConsumerKind), continuous: .fails(.wrongConsumerKind)),
        PullStatusCase(status: "409 Exceeded MaxRequestBatch of 1", once: .fails(.pullRefused), continuous: .asksAgain),
        PullStatusCase(status: "409 Exceeded MaxRequestExpires of 1s", once: .fails(.pullRefused), continuous: .asksAgain),
        PullStatusCase(status: "409 Exceeded MaxRequestMaxBytes of 1", once: .fails(.pullRefused), continuous: .asksAgain),
        PullStatusCase(status: "409 Exceeded MaxWaiting", once: .fails(.pullRefused), continuous: .asksAgain),
        PullStatusCase(status: "412 Required Api Level", once: .fails(.serverTooOld), continuous: .fails(.serverTooOld)),
        PullStatusCase(status: "423 Nats-Pin-Id mismatch", once: .asksAgain, continuous: .asksAgain),
        PullStatusCase(status: "423 Nats-Wrong-Pin-Id", once: .asksAgain, continuous: .asksAgain, headers: pending),
        PullStatusCase(status: "499 Of A Later Server", once: .ends, continuous: .asksAgain),
        PullStatusCase(status: "503", once: .fails(.consumerUnavailable), continuous: .asksAgain),
    ]

    private static func refused(_ words: String) -> PullStatusCase {
        PullStatusCase(status: "400 Bad Request - \(words)", once: .fails(.pullRefused), continuous: .fails(.pullRefused))
    }

    private static let pending = "Nats-Pending-Messages: 1\r\nNats-Pending-Bytes: 10\r\n"

    // MARK: - As a server sends it

    /// To the request that a line `PUB <subject> <reply> <size>` makes.
    func frame(to line: String) -> String {
        let block = "NATS/1.0 \(status)\r\n\(headers)\r\n"
        return "HMSG \(Self.reply(line)) 1 \(block.utf8.count) \(block.utf8.count)\r\n\(block)\r\n"
    }

    static func message(_ number: Int) -> String {
        "MSG events.\(number) 1 $JS.ACK.S.C.1.\(number).\(number).1700000000000000000.0 1\r\n\(number)\r\n"
    }

    /// An answer of the API to a line `PUB <subject> <reply> <size>`.
    static func answer(to line: String, _ json: String, sid: String = "1") -> String {
        "MSG \(reply(line)) \(sid) \(json.utf8.count)\r\n\(json)\r\n"
    }

    private static func reply(_ line: String) -> Substring { line.split(separator: " ").dropFirst(2).first ?? "" }

    static let request = ScriptStep.skip(toLineWithPrefix: "PUB $JS.API.CONSUMER.MSG.NEXT.S.C ")
}

@Suite("JetStream: what servers say to pull requests") struct PullStatusTests {
    /// Messages before the status, of two.
    enum Place: Int, CaseIterable, Sendable {
        case before, between, after
    }

    /// What comes behind a status that ends a request would be handed on, too, if it came in the same read: no server sends it.
    private func script(
        _ row: PullStatusCase, _ place: Place, answersAgain: Bool, goesOn: Bool, messages: Int
    ) -> [ScriptStep] {
        let early = (1...messages).prefix(place.rawValue).map { PullStatusCase.message($0) }.joined()
        let late = (1...messages).dropFirst(place.rawValue).map { PullStatusCase.message($0) }.joined()
        var script: [ScriptStep] = .handshake
        script += [PullStatusCase.request, .reply { early + row.frame(to: $0) + (goesOn ? late : "") }]
        if answersAgain { script += [PullStatusCase.request, .send(late)] }
        return script
    }

    private func withConsumer(
        _ script: [ScriptStep], _ backend: Backend, _ body: (JetStream.Consumer) async throws -> Void
    ) async throws {
        try await withEventLoop(backend) { loop in
            try await withScriptedServer(script, .handshake) { server in
                var options = ConnectOptions()
                options.eventLoop = loop
                options.reconnect.isEnabled = false
                let nats = try await NATS.connect(server.url, options: options)
                defer { nats.abort() }
                try await body(nats.jetStream().unverifiedStream("S").unverifiedConsumer("C"))
            }
        }
    }

    @Test("of a fetch", arguments: PullStatusCase.all, Backend.tested)
    func fetch(_ row: PullStatusCase, _ backend: Backend) async throws {
        for place in Place.allCases {
            let asksAgain = row.once == .asksAgain && place != .after
            try await withConsumer(script(row, place, answersAgain: asksAgain, goesOn: row.once == .goesOn, messages: 2), backend)
            { consumer in
                if case (.fails(let code), .before) = (row.once, place) {
                    await expectError(code) { try await consumer.fetch(2, timeout: .seconds(40)) }
                    return
                }
                let numbers = try await consumer.fetch(2, timeout: .seconds(40)).map(\.number)
                switch (row.once, place) {
                case (_, .after), (.goesOn, _), (.asksAgain, _): #expect(numbers == [1, 2], "\(place)")
                case (.ends, .before), (.fails, .before): #expect(numbers == [], "\(place)")
                case (.ends, .between), (.fails, .between): #expect(numbers == [1], "\(place)")
                }
            }
        }
    }

    @Test("of the next message", arguments: PullStatusCase.all, Backend.tested)
    func next(_ row: PullStatusCase, _ backend: Backend) async throws {
        for place in [Place.before, .between] {
            let asksAgain = row.once == .asksAgain && place == .before
            try await withConsumer(script(row, place, answersAgain: asksAgain, goesOn: row.once == .goesOn, messages: 1), backend)
            { consumer in
                if case (.fails(let code), .before) = (row.once, place) {
                    await expectError(code) { try await consumer.next(timeout: .seconds(40)) }
                    return
                }
                let number = try await consumer.next(timeout: .seconds(40))?.number
                #expect(number == (place == .before && row.once == .ends ? nil : 1), "\(place)")
            }
        }
    }

    @Test("of a continuous pull", arguments: PullStatusCase.all, Backend.tested)
    func consume(_ row: PullStatusCase, _ backend: Backend) async throws {
        for place in Place.allCases {
            let asksAgain = row.continuous == .asksAgain
            try await withConsumer(
                script(row, place, answersAgain: asksAgain, goesOn: row.continuous == .goesOn, messages: 3), backend
            ) { consumer in
                let messages = consumer.messages()
                let expected = if case .fails = row.continuous { place.rawValue } else { 3 }
                for number in 0..<expected {
                    let message = try await messages.next()
                    #expect(message?.number == number + 1, "\(place)")
                }
                if case .fails(let code) = row.continuous { await expectError(code) { try await messages.next() } }
            }
        }
    }

    @Test("of a continuous pull with a handler", arguments: PullStatusCase.all, Backend.tested)
    func handler(_ row: PullStatusCase, _ backend: Backend) async throws {
        for place in Place.allCases {
            let asksAgain = row.continuous == .asksAgain
            try await withConsumer(
                script(row, place, answersAgain: asksAgain, goesOn: row.continuous == .goesOn, messages: 3), backend
            ) { consumer in
                let numbers = Recorder<Int>()
                let consumption = consumer.consume { numbers.append(Int($0.string) ?? -1) }
                if case .fails(let code) = row.continuous {
                    #expect(try await consumption.ended()?.code == code, "\(place)")
                    #expect(numbers.all == Array(1...3).dropLast(3 - place.rawValue), "\(place)")
                } else {
                    try await eventually("all three come, \(place)") { numbers.all == [1, 2, 3] }
                }
            }
        }
    }

    @Test("what a request that was given up still brings goes back, if it is more than was wanted", arguments: Backend.tested)
    func tooMany(_ backend: Backend) async throws {
        let change = PullStatusCase(status: "409 Leadership Change", once: .asksAgain, continuous: .asksAgain)
        let returned = Counter()
        func script(_ wanted: Int) -> [ScriptStep] {
            let all = (1...wanted + 2).map { PullStatusCase.message($0) }.joined()
            return .handshake + [
                PullStatusCase.request, .reply { change.frame(to: $0) }, PullStatusCase.request, .send(all),
                .skip(toLineWithPrefix: "PUB $JS.ACK.S.C.1.\(wanted + 1)."),
                .skip(toLineWithPrefix: "PUB $JS.ACK.S.C.1.\(wanted + 2)."), .run { returned.increase() },
            ]
        }
        try await withConsumer(script(3), backend) { consumer in
            #expect(try await consumer.fetch(3, timeout: .seconds(40)).map(\.number) == [1, 2, 3])
            try await eventually("two go back") { returned.value == 1 }
        }
        try await withConsumer(script(5), backend) { consumer in
            var options = ConsumeOptions()
            options.messageLimit = 5
            let messages = consumer.messages(options)
            for number in 1...5 { #expect(try await messages.next()?.number == number) }
            #expect(try await messages.next() == nil)
            try await eventually("two go back") { returned.value == 2 }
        }
    }

    @Test("a consumer of which the server knows nothing ends a pull, with a priority group or without", arguments: Backend.tested)
    func gone(_ backend: Backend) async throws {
        let nobody = PullStatusCase(status: "503", once: .fails(.consumerUnavailable), continuous: .asksAgain)
        let unknown = #"{"error":{"code":404,"err_code":10014,"description":"consumer not found"}}"#
        var script: [ScriptStep] = .handshake
        for _ in 1...2 { script += [PullStatusCase.request, .reply { nobody.frame(to: $0) }] }
        script += [
            .skip(toLineWithPrefix: "PUB $JS.API.CONSUMER.INFO.S.C "), .reply { PullStatusCase.answer(to: $0, unknown) },
        ]
        for group in [nil, "jobs"] {
            try await withConsumer(script, backend) { consumer in
                var options = ConsumeOptions()
                options.group = group
                let messages = consumer.messages(options)
                await expectError(.consumerDeleted) { try await messages.next() }
            }
        }
    }

    @Test("statuses of a request that is over don't touch the next one", arguments: Backend.tested)
    func late(_ backend: Backend) async throws {
        var script: [ScriptStep] = .handshake
        let expired = PullStatusCase(status: "408 Request Timeout", once: .ends, continuous: .asksAgain)
        script += [
            PullStatusCase.request, .reply { expired.frame(to: $0) },
            // The second request has a subscription of its own; what comes for the first one's is for nobody.
            PullStatusCase.request,
            .reply { line in
                expired.frame(to: line) + PullStatusCase.message(1).replacing("events.1 1 ", with: "events.1 1048577 ")
            },
        ]
        try await withConsumer(script, backend) { consumer in
            let first = try await consumer.fetch(1, timeout: .seconds(40))
            let second = try await consumer.fetch(1, timeout: .seconds(40)).map(\.number)
            #expect(first.isEmpty && second == [1])
        }
    }
}
