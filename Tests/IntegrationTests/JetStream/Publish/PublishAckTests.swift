import FoundationEssentials
import NATSClient
import NATSFoundation
import NATSStores
import TestSupport
import Testing

@Suite("JetStream publish") struct PublishAckTests {
    @Test("every payload type is acknowledged, with stream and sequence", arguments: Backend.tested)
    func payloads(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.makeStream("S", ["s.>"])
            let first = try await js.publish("s.1", "text")
            #expect(first.stream == "S")
            #expect(first.sequence == 1)
            #expect(!first.isDuplicate)
            #expect(first.domain == nil)
            #expect(first.counter == nil)
            #expect(try await js.publish("s.2", pattern(20_000)).sequence == 2)
            #expect(try await js.publish("s.3").sequence == 3)
            let bytes = pattern(20_000)
            #expect(try await js.publish("s.4", bytes.span, messageID: "four").sequence == 4)
            #expect(try await js.publish("s.5", bytes.span, options: .init(expecting: .lastSequence(4))).sequence == 5)
            #expect(try await js.publish("s.6", Data(bytes)).sequence == 6)
            #expect(try await js.publish("s.7", Data(bytes), options: .init(messageID: "seven")).sequence == 7)
            for sequence: UInt64 in 4...7 { #expect(try await Array(js.stored(sequence, in: "S").payload) == bytes) }
            #expect(try await stream.info().state.messages == 7)
        }
    }

    @Test("the domain of the server is told", arguments: Backend.tested)
    func domain(_ backend: Backend) async throws {
        try await withJetStream(backend, .with { $0.jetStreamSettings = "domain: hub" }) { _, js in
            _ = try await js.makeStream("S", ["s.>"])
            #expect(try await js.publish("s.1", "a").domain == "hub")
        }
    }

    @Test("two messages of one id are stored once", arguments: Backend.tested)
    func duplicates(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.makeStream("S", ["s.>"])
            let first = try await js.publish("s.1", "a", messageID: "one")
            let again = try await js.publish("s.1", "b", messageID: "one")
            #expect(again.isDuplicate)
            #expect(again.sequence == first.sequence)
            #expect(try await stream.info().state.messages == 1)
        }
    }

    @Test("each expectation lets the right message in, and refuses the wrong one by its own code", arguments: Backend.tested)
    func expectations(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            _ = try await js.makeStream("S", ["s.>"])
            try await js.publish("s.1", "a", expecting: .noMessage)
            try await js.publish("s.1", "b", messageID: "b", expecting: .lastSequence(1))
            try await js.publish("s.2", "c", expecting: [.stream("S"), .lastMessageID("b"), .noMessageOnSubject])
            try await js.publish("s.1", "d", expecting: .lastSubjectSequence(2))
            try await js.publish("s.3", "e", expecting: .lastSubjectSequence(4, of: "s.1"))
            try await js.publish("s.3", "f", expecting: .lastSubjectSequence(5, of: "s.*"))
            let cases: [(PublishExpectations, JetStreamError.Code)] = [
                (.stream("T"), .streamNotMatch), (.lastSequence(1), .streamWrongLastSequence),
                (.lastMessageID("x"), .streamWrongLastMsgID), (.noMessageOnSubject, .streamWrongLastSequence),
                (.lastSubjectSequence(1), .streamWrongLastSequence),
                (.lastSubjectSequence(1, of: "s.*"), .streamWrongLastSequence),
            ]
            for (expectation, code) in cases {
                #expect(try await refusal { try await js.publish("s.1", "x", expecting: expectation) } == code, "\(expectation)")
            }
        }
    }

    @Test("a time to live, a rollup and their refusals", arguments: Backend.tested)
    func lifetimes(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.makeStream("S", ["s.>"]) {
                $0.allowsMessageTTL = true
                $0.allowsRollup = true
            }
            _ = try await js.makeStream("PLAIN", ["plain"])
            try await js.publish("s.1", "a", options: .init(timeToLive: .after(.seconds(3_600))))
            try await js.publish("s.1", "b", options: .init(timeToLive: .after(.milliseconds(1_500))))
            try await js.publish("s.1", "c", options: .init(timeToLive: .never))
            try await js.publish("s.2", "d")
            try await js.publish("s.1", "e", options: .init(rollup: .subject))
            #expect(try await stream.info().state.messages == 2)
            try await js.publish("s.3", "f", options: .init(rollup: .all))
            #expect(try await stream.info().state.messages == 1)
            #expect(
                try await refusal { try await js.publish("plain", "x", options: .init(timeToLive: .never)) }
                    == .messageTTLDisabled)
            #expect(
                try await refusal { try await js.publish("s.1", "x", options: .init(timeToLive: .after(.milliseconds(10)))) }
                    == .messageTTLInvalid)
            #expect(try await refusal { try await js.publish("plain", "x", options: .init(rollup: .all)) } == .streamRollupFailed)
        }
    }

    @Test("a counter is changed by increments of any size", arguments: Backend.tested)
    func counters(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            _ = try await js.makeStream("C", ["c.>"]) { $0.allowsCounters = true }
            #expect(try await js.publish("c.1", options: .init(increment: 5)).counter == 5)
            #expect(try await js.publish("c.1", options: .init(increment: -7)).counter == -2)
            let large = try #require(CounterValue("100000000000000000000000000000"))
            #expect(
                try await js.publish("c.1", options: .init(increment: large)).counter?.description
                    == "99999999999999999999999999998")
            #expect(try await refusal { try await js.publish("c.1") } == .messageIncrMissing)
            #expect(try await refusal { try await js.publish("c.1", "x", options: .init(increment: 1)) } == .messageIncrPayload)
        }
    }

    @Test("a schedule publishes to its target, and ends together with another publish", arguments: Backend.tested)
    func schedules(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.makeStream("S", ["s.>"]) {
                $0.allowsSchedules = true
                $0.allowsMessageTTL = true
                $0.allowsRollup = true
            }
            let schedule = MessageSchedule(.every(.seconds(1)), target: "s.target")
            try await js.publish("s.schedule", "tick", options: .init(schedule: schedule))
            try await eventually("it has published") { try await stream.info().state.lastSequence >= 2 }
            let message = try await js.stored(2, in: "S")
            #expect(message.string == "tick")
            #expect(message.header(HeaderName.subject) == "s.target")
            #expect(message.header(HeaderName.scheduler) == "s.schedule")
            try await js.publish("s.other", "end", options: .init(endsSchedule: "s.schedule"))
            #expect(try await stream.subjectCounts()["s.schedule"] == nil)
            let cron = MessageSchedule(
                .cron("0 0 6 * * *"), target: "s.target", timeToLive: .after(.seconds(60)), replacesEarlier: true,
                timeZone: "Europe/Paris")
            try await js.publish("s.cron", "x", options: .init(schedule: cron))
            let wrong = MessageSchedule(.cron("nonsense"), target: "s.target")
            #expect(
                try await refusal { try await js.publish("s.wrong", "x", options: .init(schedule: wrong)) }
                    == .messageSchedulesPatternInvalid)
        }
    }

    @Test("a schedule for one moment publishes once, then, and is gone", arguments: Backend.tested)
    func scheduleForOneMoment(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.makeStream("S", ["s.>"]) {
                $0.allowsSchedules = true
                $0.allowsRollup = true
            }
            let now = try #require(try await stream.info().timestamp)
            let later = ServerTime(nanosecondsSince1970: now.nanosecondsSince1970 + 1_000_000_000)
            try await js.publish("s.at", "now", options: .init(schedule: MessageSchedule(.at(later), target: "s.target")))
            try await eventually("it has published") { try await stream.lastMessage(on: "s.target") != nil }
            let message = try #require(try await stream.lastMessage(on: "s.target"))
            #expect(message.string == "now" && message.timestamp >= later)
            #expect(message.headers["Nats-Scheduler"] == "s.at" && message.headers["Nats-Schedule-Next"] == "purge")
            try await eventually("the schedule is gone") { try await stream.subjectCounts() == ["s.target": 1] }
        }
    }

    @Test("a subject without a stream is tried again, and then fails as such", arguments: Backend.tested)
    func noStream(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            var options = PublishOptions()
            options.retryPause = .milliseconds(1)
            let error = try await natsError { try await js.publish("nobody", "x", options: options) }
            #expect(error?.code == .noResponders)
            #expect(js.connection.statistics.publishesAccepted == 3)
        }
    }

    @Test("a stream that comes in between is found by a later attempt", arguments: Backend.tested)
    func lateStream(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            var options = PublishOptions()
            options.retryAttempts = 10_000
            options.retryPause = .milliseconds(2)
            async let acknowledgement = js.publish("late", "x", options: options)
            try await eventually("it was refused once") { js.connection.statistics.publishesAccepted >= 2 }
            _ = try await js.makeStream("LATE", ["late"])
            #expect(try await acknowledgement.stream == "LATE")
        }
    }

    @Test("a stream that says nothing is waited for as long as the call says", arguments: Backend.tested)
    func timeout(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            _ = try await js.makeStream("S", ["s.>"]) { $0.suppressesAcknowledgements = true }
            let error = try await natsError { try await js.publish("s.1", "x", timeout: .milliseconds(50)) }
            #expect(error?.code == .timedOut)
        }
    }

    @Test("a header that can't be written is thrown before anything is sent", arguments: Backend.tested)
    func badHeader(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let error = try await natsError { try await js.publish("s", "x", messageID: "a\r\nb: c") }
            #expect(error?.code == .invalidHeader)
            #expect(js.connection.statistics.publishesAccepted == 0)
        }
    }
}
