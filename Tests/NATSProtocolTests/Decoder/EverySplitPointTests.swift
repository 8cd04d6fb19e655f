import NATSProtocol
import Testing

@Suite("Every split point gives the same")
struct EverySplitPointTests {
    @Test("Two chunks, split anywhere", arguments: Corpus.sound + Corpus.broken)
    func twoChunks(text: String) {
        let input = bytes(text)
        let whole = decode(input)
        for split in 0...input.count {
            #expect(decode(input, splitAt: [split]) == whole, "split at \(split)")
        }
    }

    @Test("Byte by byte", arguments: Corpus.sound + Corpus.broken)
    func byteByByte(text: String) {
        let input = bytes(text)
        #expect(decode(input, splitAt: Array(0...input.count)) == decode(input))
    }

    @Test("All of the corpus in one stream, in chunks of every size up to 200")
    func chunkSizes() {
        let input = bytes(Corpus.sound.joined())
        let whole = decode(input)
        #expect(whole.leftoverCount == 0)
        for size in 1...200 {
            #expect(
                decode(input, splitAt: Array(stride(from: 0, to: input.count, by: size))) == whole, "chunks of \(size)")
        }
    }
}
