import NATSClient
import NATSStores

/// Reads the stream in order, from its beginning to the end of the life.
///
/// `@unchecked Sendable`: all of it runs on the thread of the loop.
final class StoreOrdered: StoreReader, @unchecked Sendable {
    let life: StoreDrama
    let actor: String
    private let stream: JetStream.Stream
    private let options: OrderedOptions
    private let isSlow: Bool
    private var messages: ConsumerMessages?
    private var isOver = false
    private var task: Task<Void, Never>?
    private var last: UInt64 = 0
    private var seen: Set<UInt64> = []

    init(_ stream: JetStream.Stream, _ client: String, _ number: Int, _ life: StoreDrama) {
        self.life = life
        self.stream = stream
        actor = "\(client) ordered \(number)"
        let dice = life.world.dice(actor)
        var options = OrderedOptions(filterSubjects: dice.isOne(in: 3) ? ["s.\(dice.below(3))"] : [])
        options.namePrefix = "o\(client)_\(number)"
        options.inactiveThreshold = .seconds(Int(dice.pick(10...300)))
        options.consume = StorePuller.options(dice)
        self.options = options
        isSlow = dice.isOne(in: 3)
    }

    var wants: (String) -> Bool { { [options] in options.filterSubjects.isEmpty || options.filterSubjects.contains($0) } }
    /// A consumer that was lost is made anew, behind a pause if it was the second in a row, and perhaps again.
    var resumeNanoseconds: UInt64 { 2 * options.consume.resumeNanoseconds + 6_000_000_000 }

    func begin() { task = life.drama.spawn { [self] in await read() } }

    private func read() async {
        let dice = life.world.dice("\(actor) pace")
        var reader: OrderedConsumer?
        while reader == nil, !isOver {
            reader = try? await stream.orderedConsumer(options)
            if reader == nil { await life.world.sleep(nanoseconds: 200_000_000) }
        }
        guard let messages = reader?.messages() else { return }
        self.messages = messages
        if isOver { messages.stop() }
        do {
            while let message = try await messages.next() {
                take(message)
                if isSlow, !life.isCalm { await life.world.sleep(nanoseconds: dice.skewed(upTo: 400_000_000)) }
            }
        } catch {
            life.books.check(false, "\(actor) ended: \(error)")
        }
    }

    /// The next message of the stream that it wants, and no other.
    private func take(_ message: Message) {
        let sequence = life.books.got(message, by: actor)
        life.books.check(last < sequence, "\(actor) got \(sequence) behind \(last)")
        let missing = life.stream.next(from: last + 1) { $0.sequence < sequence && wants($0.subject) }
        life.books.check(missing == nil, "\(actor) got \(sequence) behind \(last), and \(missing?.sequence ?? 0) is missing")
        last = max(last, sequence)
        seen.insert(sequence)
    }

    // MARK: Laws

    func checkTurn() {
        guard let counts = messages?.statistics else { return }
        let maximum = options.consume.maximumMessages
        life.books.check(
            counts.requestedMessages <= maximum,
            "\(actor) has asked for \(counts.requestedMessages) messages, and may for \(maximum)")
    }

    func hasGot(_ sequence: UInt64) -> Bool { seen.contains(sequence) }

    func checkEnd() {
        let missing = life.stream.next(from: last + 1) { wants($0.subject) }
        life.books.check(missing == nil, "\(actor) is at \(last), and \(missing?.sequence ?? 0) is stored")
    }

    func finish() async {
        isOver = true
        messages?.stop()
        await task?.value
    }
}
