/// The headers of a message: an ordered list of names and values, in which a name may occur more than once.
///
///     var headers: Headers = ["Trace": "c0ffee"]
///     try headers.append("Tag", "eu")
///     try headers.append("Tag", "vip")
///     headers["Trace"]              // "c0ffee"
///     headers.values(for: "Tag")    // ["eu", "vip"]
///
/// Names keep their case and are compared exactly, as ADR-4 demands; `caseInsensitive: true` relaxes one lookup.
/// Names that others agreed upon are in `HeaderName`.
///
/// The value holds the block as it stands on the wire. Publishing it is one copy, receiving it is one copy, and nothing
/// is parsed before somebody asks: a lookup takes time proportional to the size of the block and allocates only the
/// string that it returns. Copies share their memory until one is changed.
///
/// What was received is never refused: lines that break the format are skipped (`malformedLineCount` tells), and bytes
/// that aren't UTF-8 read as U+FFFD.
public struct Headers: Sendable, Hashable {
    /// `NATS/1.0[ status[ description]]↵` `name: value↵`… `↵`; empty when there is neither a header nor a status.
    internal var block: [UInt8]

    /// The first header of a dictionary literal that can't be put on the wire, since a literal can't throw. Publishing
    /// throws it. nil for headers that were built in any other way.
    public internal(set) var defect: HeaderError? {
        get { keptDefect?.error }
        set { keptDefect = newValue.map(KeptDefect.init) }
    }

    /// In a box, since there hardly ever is one: headers stay two words, and passing them on stays cheap.
    private var keptDefect: KeptDefect?

    private final class KeptDefect: Sendable, Hashable {
        let error: HeaderError
        init(_ error: HeaderError) { self.error = error }
        static func == (a: KeptDefect, b: KeptDefect) -> Bool { a.error == b.error }
        func hash(into hasher: inout Hasher) { hasher.combine(error) }
    }

    /// No headers.
    public init() {
        block = []
    }

    /// What came from the wire, a whole block.
    package init(block: [UInt8]) {
        self.block = block
    }

    /// What came from the wire, a whole block.
    package init(copying block: Span<UInt8>) {
        self.block = [UInt8](copying: block)
    }

    /// The block as it goes on the wire; empty when there is neither a header nor a status.
    package var wireBytes: Span<UInt8> {
        @_lifetime(borrow self)
        get { block.span }
    }

    /// The block as it is published: empty when there is no header, so that a plain PUB is sent.
    package var publishedBytes: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            if block.isEmpty { return Span<UInt8>() }
            // A block without a status that is longer than its frame has headers: no need to walk it.
            let isSurelyFilled = block.count > Self.emptyBlockSize && block[Self.versionSize] == 0x0D
            return isSurelyFilled || !isEmpty ? block.span : Span<UInt8>()
        }
    }

    /// `NATS/1.0`
    private static let versionSize = 8
    /// `NATS/1.0↵↵`
    private static let emptyBlockSize = 12

    internal var view: HeaderBlockView {
        @_lifetime(borrow self)
        get { HeaderBlockView(block.span) }
    }
}

// MARK: - Reading

extension Headers {
    /// How many headers there are, each value of a repeated name counted. Walks the block.
    public var count: Int { view.count }

    /// True when there is no header; there may be a status.
    public var isEmpty: Bool {
        var fields = view.fields
        return fields.next() == nil
    }

    /// The status of the first line, `503 No Responders`: set by servers in answers that have no payload. nil in
    /// messages of other clients.
    public var status: HeaderStatus? { view.status }

    /// How many lines of a received block break the format. They are skipped by everything else.
    public var malformedLineCount: Int { view.malformedLineCount }

    /// The size of the block on the wire in bytes, which counts towards the server's `max_payload`; 0 when there are no
    /// headers.
    public var wireByteCount: Int { block.count }

    /// The first value of the header `name`, compared exactly; nil when there is none.
    ///
    /// Setting replaces all values of the name by one, setting nil removes them. A subscript can't throw an error that
    /// the caller would see in time, so one that can't be written is kept in `defect`; `set(_:_:)` throws it instead.
    public subscript(name: String) -> String? {
        get { first(for: name) }
        set {
            guard let newValue else { return remove(name) }
            do throws(HeaderError) { try set(name, newValue) } catch { defect = defect ?? error }
        }
    }

    /// The first value of the header `name`; nil when there is none. Walks the block and allocates the value only.
    public func first(for name: String, caseInsensitive: Bool = false) -> String? {
        let view = self.view
        return view.first(for: name.utf8Span.span, caseInsensitive: caseInsensitive).map { view.value(of: $0) }
    }

    /// The last value of the header `name`: that of the server which appended it, whatever the message had before.
    package func last(for name: String) -> String? {
        let view = self.view
        return view.last(for: name.utf8Span.span).map { view.value(of: $0) }
    }

    /// All values of the header `name`, in their order. Walks the block once.
    public func values(for name: String, caseInsensitive: Bool = false) -> [String] {
        let view = self.view
        let name = name.utf8Span.span
        var values: [String] = []
        var fields = view.fields
        while let field = fields.next() {
            if view.name(field, equals: name, caseInsensitive: caseInsensitive) { values.append(view.value(of: field)) }
        }
        return values
    }

    /// Says whether there is a header `name`. Allocates nothing.
    public func contains(_ name: String, caseInsensitive: Bool = false) -> Bool {
        view.first(for: name.utf8Span.span, caseInsensitive: caseInsensitive) != nil
    }
}
