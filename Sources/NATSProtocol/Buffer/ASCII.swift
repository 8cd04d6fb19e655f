extension UInt8 {
    internal var isSpaceOrTab: Bool { self == 0x20 || self == 0x09 }
    internal var isBlank: Bool { isSpaceOrTab || self == 0x0D || self == 0x0A }
    internal var lowercasedASCII: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }
}

extension Span<UInt8> {
    /// `range` without the spaces, tabs and line ends at both of its ends. A range that lies outside
    /// gives an empty one.
    internal func trimmingBlanks(_ range: Range<Int>) -> Range<Int> {
        guard range.lowerBound >= 0, range.upperBound <= count else { return 0..<0 }
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, self[start].isBlank { start &+= 1 }
        while end > start, self[end &- 1].isBlank { end &-= 1 }
        return start..<end
    }
}
