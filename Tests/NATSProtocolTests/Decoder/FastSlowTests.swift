import NATSProtocol
import Testing

@Suite("Fast and slow path accept the same language")
struct FastSlowTests {
    @Test("The corpus", arguments: Corpus.sound + Corpus.broken)
    func corpus(text: String) {
        // Bytes after the end make room for the fast path's wide reads.
        let input = bytes(text + "PING\r\n" + String(repeating: "x", count: 80))
        #expect(decode(input) == decodeSlowly(input))
    }

    @Test("Random messages with random damage")
    func damaged() {
        var random = RandomSource(seed: 0x5EED)
        let alphabet = bytes("MSG HPING0123456789 \t\r\n.x'-+")
        for round in 0..<30_000 {
            var input: [UInt8] = []
            for _ in 0...random.next(below: 3) { input += Self.message(&random) }
            for _ in 0..<random.next(below: 4) {
                let index = Int(random.next(below: UInt64(input.count)))
                switch random.next(below: 3) {
                case 0: input[index] = alphabet[Int(random.next(below: UInt64(alphabet.count)))]
                case 1: input.remove(at: index)
                default: input.insert(alphabet[Int(random.next(below: UInt64(alphabet.count)))], at: index)
                }
            }
            let (fast, slow) = (decode(input), decodeSlowly(input))
            guard fast == slow else {
                Issue.record("round \(round): \(String(decoding: input, as: UTF8.self))")
                return
            }
        }
    }

    /// A message as a server writes it, with names and sizes of random lengths.
    private static func message(_ random: inout RandomSource) -> [UInt8] {
        func word(_ count: Int) -> String { String(repeating: "a", count: count) }
        func number(below bound: UInt64) -> Int { Int(random.next(below: bound)) }
        let payload = number(below: 4) == 0 ? number(below: 12_000) : number(below: 40)
        let headers = number(below: UInt64(payload + 1))
        let sid = random.next() >> random.next(below: 64)
        let reply = number(below: 2) == 0 ? "" : word(1 + number(below: 90)) + " "
        let subject = word(1 + number(below: 90))
        let line =
            number(below: 2) == 0
            ? "MSG \(subject) \(sid) \(reply)\(payload)\r\n"
            : "HMSG \(subject) \(sid) \(reply)\(headers) \(payload)\r\n"
        return bytes(line) + [UInt8](repeating: 0x0D, count: payload) + [0x0D, 0x0A]
    }
}
