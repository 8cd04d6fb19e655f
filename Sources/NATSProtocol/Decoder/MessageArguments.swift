/// The words of the control line of MSG and HMSG, as ranges: `subject sid [reply] [headerSize] totalSize`.
internal struct MessageArguments {
    let subject: Range<Int>
    let sid: Range<Int>
    /// Empty when there is none.
    let reply: Range<Int>
    /// nil for MSG.
    let headers: Range<Int>?
    let total: Range<Int>

    /// Splits `line`, in which one or more spaces or tabs stand between words.
    init(
        _ bytes: Span<UInt8>, in line: Range<Int>, frameStart: Int, hasHeaders: Bool
    ) throws(ProtocolError) {
        var words = InlineArray<5, Range<Int>>(repeating: 0..<0)
        var count = 0
        var index = line.lowerBound
        while true {
            while index < line.upperBound, bytes[index].isSpaceOrTab { index &+= 1 }
            let start = index
            while index < line.upperBound, !bytes[index].isSpaceOrTab { index &+= 1 }
            if start == index { break }
            guard count < 5 else { throw ProtocolError(.malformedArguments, offset: start &- frameStart) }
            words[count] = start..<index
            count &+= 1
        }
        let sizes = hasHeaders ? 2 : 1
        guard count == sizes &+ 2 || count == sizes &+ 3 else {
            throw ProtocolError(.malformedArguments, offset: line.lowerBound &- frameStart)
        }
        subject = words[0]
        sid = words[1]
        reply = count == sizes &+ 3 ? words[2] : 0..<0
        headers = hasHeaders ? words[count &- 2] : nil
        total = words[count &- 1]
    }
}
