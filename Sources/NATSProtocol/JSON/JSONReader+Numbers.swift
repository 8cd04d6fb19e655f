extension JSONReader {
    package mutating func readInt() throws(JSONError) -> Int { try readInteger() }
    package mutating func readIntOrNull() throws(JSONError) -> Int? { try readNull() ? nil : readInt() }
    package mutating func readInt64() throws(JSONError) -> Int64 { try readInteger() }
    package mutating func readUInt64() throws(JSONError) -> UInt64 { try readInteger() }
    package mutating func readUInt64OrNull() throws(JSONError) -> UInt64? { try readNull() ? nil : readUInt64() }

    /// The `Double` next to the number. What isn't finite is an error.
    package mutating func readDouble() throws(JSONError) -> Double {
        let number = try readNumber()
        guard let value = Double(numberText(number)), value.isFinite else {
            throw JSONError(.outOfRange, at: number.range.lowerBound)
        }
        return value
    }

    /// The number as it is written, for types that hold more than the ones above.
    package mutating func readNumberText() throws(JSONError) -> String { numberText(try readNumber()) }

    private func numberText(_ number: JSONNumber) -> String {
        var text = ""
        text.reserveCapacity(number.range.count)
        for index in number.range { text.unicodeScalars.append(Unicode.Scalar(bytes[index])) }
        return text
    }

    /// Whole numbers are read exactly however they are written: 1000, 1000.0 and 1e3 are the same.
    private mutating func readInteger<Value: FixedWidthInteger>() throws(JSONError) -> Value {
        let number = try readNumber()
        guard let magnitude = wholeMagnitude(number), let value = Value(magnitude: magnitude, isNegative: number.isNegative)
        else { throw JSONError(.outOfRange, at: number.range.lowerBound) }
        return value
    }

    private mutating func readNumber() throws(JSONError) -> JSONNumber {
        guard nextKind() == .number else { throw mismatch() }
        return try scanNumber()
    }

    /// Nil when it isn't whole, or larger than any `UInt64`.
    private func wholeMagnitude(_ number: JSONNumber) -> UInt64? {
        var magnitude: UInt64 = 0
        // Zeros are held back until another digit follows, so that those at the end don't count.
        var zeros = 0
        var digitsBehindPoint = 0
        for index in number.digits where bytes[index] != UInt8(ascii: ".") {
            if index > number.point { digitsBehindPoint &+= 1 }
            let digit = bytes[index] &- UInt8(ascii: "0")
            if digit == 0 {
                zeros &+= 1
            } else {
                guard let shifted = magnitude.shifted(decimalPlaces: zeros &+ 1) else { return nil }
                let (sum, overflows) = shifted.addingReportingOverflow(UInt64(digit))
                guard !overflows else { return nil }
                magnitude = sum
                zeros = 0
            }
        }
        let (places, overflows) = number.exponent.addingReportingOverflow(zeros &- digitsBehindPoint)
        return overflows ? nil : magnitude.shifted(decimalPlaces: places)
    }
}

// MARK: - The token

/// Where the parts of a number are.
struct JSONNumber {
    var range: Range<Int>
    var isNegative = false
    /// Behind the sign, before the exponent.
    var digits: Range<Int>
    /// The decimal point; the end of `digits` without one.
    var point: Int
    /// Clamped to ±10^9, far beyond any number that isn't zero and fits.
    var exponent = 0
}

extension JSONReader {
    /// A number by the grammar: no leading zeros, digits on both sides of the point.
    mutating func scanNumber() throws(JSONError) -> JSONNumber {
        let start = position
        let isNegative = skip(UInt8(ascii: "-"))
        let firstDigit = position
        if !skip(UInt8(ascii: "0")) { try skipDigits() }
        var point = position
        if skip(UInt8(ascii: ".")) { try skipDigits() } else { point = position }
        let digits = firstDigit..<position
        var exponent = 0
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) { exponent = try scanExponent() }
        return JSONNumber(
            range: start..<position, isNegative: isNegative, digits: digits, point: point, exponent: exponent)
    }

    private mutating func scanExponent() throws(JSONError) -> Int {
        let isNegative = skip(UInt8(ascii: "-"))
        if !isNegative { _ = skip(UInt8(ascii: "+")) }
        let start = position
        try skipDigits()
        var exponent = 0
        for index in start..<position {
            exponent = min(1_000_000_000, exponent &* 10 &+ Int(bytes[index] &- UInt8(ascii: "0")))
        }
        return isNegative ? -exponent : exponent
    }

    private mutating func skip(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        position &+= 1
        return true
    }

    /// At least one.
    private mutating func skipDigits() throws(JSONError) {
        let start = position
        while peek() >= UInt8(ascii: "0"), peek() <= UInt8(ascii: "9") { position &+= 1 }
        guard position > start else { throw error(.syntax) }
    }
}

extension UInt64 {
    /// Times 10^`decimalPlaces`; nil when that is too large, or isn't whole.
    fileprivate func shifted(decimalPlaces: Int) -> UInt64? {
        if self == 0 { return 0 }
        // 20 places make any number too large, or less than one.
        guard decimalPlaces > -20, decimalPlaces < 20 else { return nil }
        var value = self
        for _ in 0..<decimalPlaces.magnitude {
            if decimalPlaces > 0 {
                let (product, overflows) = value.multipliedReportingOverflow(by: 10)
                guard !overflows else { return nil }
                value = product
            } else {
                let (quotient, remainder) = value.quotientAndRemainder(dividingBy: 10)
                guard remainder == 0 else { return nil }
                value = quotient
            }
        }
        return value
    }
}

extension FixedWidthInteger {
    /// Nil when it doesn't fit.
    fileprivate init?(magnitude: UInt64, isNegative: Bool) {
        guard isNegative, magnitude > 0 else {
            self.init(exactly: magnitude)
            return
        }
        // -1 - (magnitude - 1): the smallest number has no positive counterpart.
        guard let rest = Int64(exactly: magnitude &- 1) else { return nil }
        self.init(exactly: -1 &- rest)
    }
}
