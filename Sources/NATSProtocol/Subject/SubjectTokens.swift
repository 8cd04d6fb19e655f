/// The ranges of the tokens of a subject, from left to right: what stands between dots. `a..b` has an empty one, the
/// empty subject has one empty token.
internal struct SubjectTokens: ~Escapable {
    private let subject: Span<UInt8>
    private var start = 0
    private var isDone = false

    @_lifetime(copy subject)
    init(of subject: Span<UInt8>) {
        self.subject = subject
    }

    @_lifetime(self: copy self)
    mutating func next() -> Range<Int>? {
        guard !isDone else { return nil }
        var end = start
        while end < subject.count, subject[end] != UInt8(ascii: ".") { end &+= 1 }
        let token = start..<end
        isDone = end == subject.count
        start = end &+ 1
        return token
    }
}
