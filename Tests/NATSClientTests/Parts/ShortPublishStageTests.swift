import NATSProtocol
import Testing

@testable import NATSClient

/// The short forms of the stage are the general one with fewer comparisons: same refusals, same bytes, same account.
@Suite struct ShortPublishStageTests {
    @Test(arguments: 0..<10) func shortPublishesAreTheGeneralOne(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var outcomes: [PublishRefusal?: Int] = [:]
        for round in 0..<250 {
            var trio = StageTrio()
            for step in 0..<6 {
                let publication = Publication(&random)
                for _ in 0..<random.below(3) { trio.change(before: publication, &random) }
                let context = "seed \(seed), round \(round), step \(step): \(publication)"
                let refusal = trio.publish(publication, context)
                outcomes[refusal, default: 0] += 1
                guard !trio.hasDiverged else { return }
            }
        }
        // A run in which something never happened would prove little about it.
        let all: [PublishRefusal?] = [nil, .invalidSubject, .payloadTooLarge, .full, .disconnected, .draining, .closed]
        for outcome in all {
            #expect(outcomes[outcome, default: 0] >= 10, "\(String(describing: outcome))")
        }
    }

    @Test func theControlLineMayBeAsLongAsTheServersAndNoLonger() {
        for payloadCount in [0, 9, 10, 9_999, 10_000] {
            let largest = 4096 - "PUB  \(payloadCount)\r\n\r\n".utf8.count
            for subjectCount in [1, 1_999, 2_000, 2_001, largest - 1, largest, largest + 1, 4_096, 65_535, 65_536] {
                var trio = StageTrio()
                let publication = Publication(subjectCount: subjectCount, payloadCount: payloadCount)
                let refusal = trio.publish(publication, "\(publication)")
                #expect(refusal == (subjectCount <= largest ? nil : .invalidSubject), "\(publication)")
            }
        }
    }

    @Test func theLastByteOfRoomIsGivenAndNoMore() {
        for payloadCount in [0, 9, 10, 99, 100, 999, 1_000, 9_999, 10_000] {
            for slack in -20...20 {
                var trio = StageTrio()
                let publication = Publication(subjectCount: 20, payloadCount: payloadCount)
                #expect(trio.publish(Publication(subjectCount: 1, payloadCount: 1), "the first") == nil)
                let limitBytes = trio.pendingBytes + publication.frameSize + slack
                trio.forEach { $0.limitBytes = limitBytes }
                let refusal = trio.publish(publication, "\(publication), slack of \(slack)")
                #expect(refusal == (slack < 0 ? .full : nil))
            }
        }
    }
}

private func named(_ refusal: PublishRefusal?) -> String { refusal.map { "\($0)" } ?? "none" }

/// What is published: a subject that may hold a blank, and a payload.
private struct Publication: CustomStringConvertible {
    let subject: [UInt8]
    let payload: [UInt8]

    init(subjectCount: Int, payloadCount: Int) {
        subject = [UInt8](repeating: 0x73, count: subjectCount)
        payload = [UInt8](repeating: 0x70, count: payloadCount)
    }

    init(_ random: inout SeededRandom) {
        let subjectCounts = [0, 1, 2, 15, 16, 17, 33, 64, 1_999, 2_000, 2_001, 4_080, 4_085, 4_086, 4_087, 4_096, 5_000]
        let payloadCounts = [0, 1, 9, 10, 16, 99, 100, 101, 1_000, 9_998, 9_999, 10_000, 10_001]
        var subject = [UInt8](repeating: 0x73, count: subjectCounts[random.below(subjectCounts.count)])
        if !subject.isEmpty, random.below(6) == 0 {
            subject[random.below(subject.count)] = [0x00, 0x09, 0x0A, 0x0D, 0x20][random.below(5)]
        }
        self.subject = subject
        payload = [UInt8](repeating: 0x70, count: payloadCounts[random.below(payloadCounts.count)])
    }

    var isSubjectSound: Bool { SubjectValidation.validatePublish(subject.span) == nil }

    var frameSize: Int {
        FrameEncoder.publishedSize(subjectCount: subject.count, replyCount: 0, payloadCount: payload.count)
    }

    var description: String {
        "subject of \(subject.count) (\(isSubjectSound ? "sound" : "unsound")), payload of \(payload.count)"
    }
}

/// Three stages to which the same happens, but that each form of publish writes to one of them.
private struct StageTrio: ~Copyable {
    private var general = OutboundStage(limitBytes: .max, dropsWhenFull: false)
    private var bySubject = OutboundStage(limitBytes: .max, dropsWhenFull: false)
    private var byPrefix = OutboundStage(limitBytes: .max, dropsWhenFull: false)

    /// Whether the last publish was not the same in each.
    private(set) var hasDiverged = false

    var pendingBytes: Int { general.pendingBytes }

    mutating func forEach(_ change: (inout OutboundStage) -> Void) {
        change(&general)
        change(&bySubject)
        change(&byPrefix)
    }

    /// What the general form says, after the check of the subject that its callers make.
    ///
    /// A prefix is made of sound subjects only.
    mutating func publish(_ publication: Publication, _ context: String) -> PublishRefusal? {
        let (subject, payload) = (publication.subject, publication.payload)
        let isSound = publication.isSubjectSound
        let expected =
            isSound
            ? general.publish(
                subject: subject.span, reply: Span<UInt8>(), headers: Span<UInt8>(), payload: payload.span)
            : .invalidSubject
        var told: [String] = []
        let refusal = bySubject.publishShort(subject: subject.span, payload: payload.span)
        if refusal != expected { told.append("\(named(refusal)) by subject") }
        if isSound {
            let prefix = PublishPrefix(subject: String(decoding: subject, as: UTF8.self))
            let refusal = byPrefix.publishShort(prefix: prefix, payload: payload.span)
            if refusal != expected { told.append("\(named(refusal)) by prefix") }
        }
        let (account, bytes) = (StageAccount(general), general.contents)
        if StageAccount(bySubject) != account { told.append("another account by subject") }
        if StageAccount(byPrefix) != account { told.append("another account by prefix") }
        if bySubject.contents != bytes { told.append("other bytes by subject") }
        if byPrefix.contents != bytes { told.append("other bytes by prefix") }
        hasDiverged = !told.isEmpty
        #expect(told == [], "\(context), which gives \(named(expected))")
        return expected
    }

    /// Changes one of the conditions on which it depends whether `publication` is accepted.
    mutating func change(before publication: Publication, _ random: inout SeededRandom) {
        let choice = random.below(64)
        let nearby = random.below(41) - 20
        let roomNeeded = pendingBytes + publication.frameSize
        let payloadMax = [publication.payload.count + nearby / 10, 0, 9_998, 9_999, 10_000, .max][random.below(6)]
        let inFlightBytes = [0, 1, 100, 20_000][random.below(4)]
        let acceptance = [Acceptance.open, .open, .disconnected, .draining, .closed][random.below(5)]
        forEach { stage in
            switch choice {
            case 0..<16: stage.limitBytes = roomNeeded + nearby
            case 16..<24: stage.limitBytes = .max
            case 24..<32: stage.maximumPayload = payloadMax
            case 32..<44: stage.acceptance = acceptance
            case 44..<52: stage.inFlightBytes = inFlightBytes
            case 52..<56: stage.publishExternal()
            case 56: stage.discardAll()
            case 57: stage.discardLarger(than: 5_000)
            case 58..<60: stage.appendOrdered("SUB a 1\r\n".utf8Span.span, fence: .user(7))
            case 60..<62: stage.takeAll(comesBack: false)
            case 62: stage.takeAll(comesBack: true)
            default: stage.keepOnlyPublishes(limitBytes: .max)
            }
        }
    }
}

/// What is told about accepted publishes, and how much waits.
private struct StageAccount: Equatable {
    let accepted: UInt64
    let acceptedBytes: UInt64
    let dropped: UInt64
    let written: UInt64
    let discarded: UInt64
    let pending: UInt64
    let stagedByteCount: Int
    let pendingBytes: Int

    init(_ stage: borrowing OutboundStage) {
        accepted = stage.account.accepted
        acceptedBytes = stage.account.acceptedBytes
        dropped = stage.account.dropped
        written = stage.account.written
        discarded = stage.account.discarded
        pending = stage.account.pending
        stagedByteCount = stage.stagedByteCount
        pendingBytes = stage.pendingBytes
    }
}

extension OutboundStage {
    fileprivate static let externalPayload = [UInt8](repeating: 0x65, count: StagedBytes.externalPayloadMin)

    fileprivate var contents: [UInt8] { bytes.withContiguousFrames { [UInt8](copying: $0) } }

    fileprivate mutating func publishExternal() {
        _ = publishExternal(
            subject: "external".utf8Span.span, reply: Span<UInt8>(), headers: Span<UInt8>(),
            payload: Self.externalPayload)
    }

    /// Takes what is staged, as for a send; `comesBack`: which then fails before the first byte.
    fileprivate mutating func takeAll(comesBack: Bool) {
        var batch = StagedBytes()
        var fences: [StagedFence] = []
        _ = take(into: &batch, fences: &fences)
        if comesBack { _ = takeBack(batch, written: 0, limitBytes: .max) }
    }
}
