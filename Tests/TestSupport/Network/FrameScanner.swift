/// Splits bytes of NATS's protocol, of either direction, into frames. Written apart from the library's decoder, to judge it.
package struct FrameScanner {
    /// One operation: the words of its line, and its payload (with headers in front of it).
    package struct Frame {
        package let words: [ArraySlice<UInt8>]
        package let payload: ArraySlice<UInt8>

        package var verb: String { String(decoding: words.first ?? [], as: UTF8.self).uppercased() }

        package func text(_ index: Int) -> String {
            index < words.count ? String(decoding: words[index], as: UTF8.self) : ""
        }
    }

    private static let verbsWithPayload: Set<String> = ["PUB", "HPUB", "MSG", "HMSG"]
    private static let verbs: Set<String> = verbsWithPayload.union([
        "INFO", "CONNECT", "SUB", "UNSUB", "PING", "PONG", "+OK", "-ERR",
    ])

    /// The first thing that isn't NATS's protocol; nothing is scanned behind it.
    package private(set) var defect: String?
    private var buffer: [UInt8] = []
    /// The buffer must have grown to this size before there can be another frame.
    private var needed = 0

    package init() {}

    /// Calls `body` for each frame that is whole now.
    package mutating func feed(_ bytes: ArraySlice<UInt8>, _ body: (Frame) -> Void) {
        guard defect == nil else { return }
        buffer += bytes
        guard buffer.count >= needed else { return }
        var start = 0
        while let end = frame(from: start, body) { start = end }
        buffer.removeFirst(start)
        needed = max(0, needed - start)
    }

    /// The end of the frame that begins at `start`; nil when it isn't whole.
    private mutating func frame(from start: Int, _ body: (Frame) -> Void) -> Int? {
        guard defect == nil, let newline = buffer[start...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let words = buffer[start..<newline].split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }
        let verb = String(decoding: words.first ?? [], as: UTF8.self).uppercased()
        guard Self.verbs.contains(verb) else {
            defect = "'\(String(decoding: buffer[start..<newline].prefix(80), as: UTF8.self))'"
            return nil
        }
        guard Self.verbsWithPayload.contains(verb) else {
            body(Frame(words: words, payload: []))
            return newline + 1
        }
        guard let count = words.last.flatMap({ Int(String(decoding: $0, as: UTF8.self)) }), count >= 0 else {
            defect = "no size in '\(String(decoding: buffer[start..<newline].prefix(80), as: UTF8.self))'"
            return nil
        }
        let end = newline + 1 + count
        guard buffer.count >= end + 2 else {
            needed = end + 2
            return nil
        }
        guard buffer[end] == UInt8(ascii: "\r"), buffer[end + 1] == UInt8(ascii: "\n") else {
            defect = "no line end behind the payload of '\(String(decoding: buffer[start..<newline].prefix(80), as: UTF8.self))'"
            return nil
        }
        body(Frame(words: words, payload: buffer[(newline + 1)..<end]))
        return end + 2
    }
}
