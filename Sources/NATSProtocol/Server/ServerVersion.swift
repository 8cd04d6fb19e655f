/// A server's version, ordered as semantic versions are: `2.10.0-beta.1` < `2.10.0` < `2.10.1`.
///
/// Build metadata (`+…`) is ignored. Source: https://semver.org §11.
public struct ServerVersion: Hashable, Sendable {
    /// The three numbers of `major.minor.patch`.
    public let major: Int
    public let minor: Int
    public let patch: Int
    /// What follows the `-`, such as `beta.1`; nil for a release.
    public let prerelease: String?

    /// A version from its parts. Nothing is checked: negative numbers order as numbers do.
    public init(_ major: Int, _ minor: Int, _ patch: Int = 0, prerelease: String? = nil) {
        self.major = major
        self.minor = minor
        self.patch = patch
        self.prerelease = prerelease
    }

    /// Reads `2.10.3`, `v2.10`, `2.12.0-RC.2+meta`; nil for anything that doesn't start with such a number.
    public init?(_ text: String) {
        var rest = Substring(text)
        if rest.first == "v" || rest.first == "V" { rest.removeFirst() }
        let core = rest.prefix { $0 != "-" && $0 != "+" }
        let tail = rest[core.endIndex...]
        let numbers = core.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...3).contains(numbers.count) else { return nil }
        var parsed: [Int] = []
        for number in numbers {
            guard number.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int(number) else { return nil }
            parsed.append(value)
        }
        parsed += [0, 0]
        var prerelease: String?
        if tail.first == "-" {
            let text = tail.dropFirst().prefix { $0 != "+" }
            prerelease = text.isEmpty ? nil : String(text)
        }
        self.init(parsed[0], parsed[1], parsed[2], prerelease: prerelease)
    }
}

extension ServerVersion: Comparable {
    public static func < (left: ServerVersion, right: ServerVersion) -> Bool {
        if left.major != right.major { return left.major < right.major }
        if left.minor != right.minor { return left.minor < right.minor }
        if left.patch != right.patch { return left.patch < right.patch }
        switch (left.prerelease, right.prerelease) {
        case (nil, _): return false
        case (_, nil): return true
        case (let left?, let right?): return precedes(left, right)
        }
    }

    /// Field by field: numbers by value and before words, words by bytes, a shorter list before its continuation.
    private static func precedes(_ left: String, _ right: String) -> Bool {
        let leftFields = left.split(separator: ".", omittingEmptySubsequences: false)
        let rightFields = right.split(separator: ".", omittingEmptySubsequences: false)
        for (left, right) in zip(leftFields, rightFields) where left != right {
            switch (UInt64(left), UInt64(right)) {
            case (let leftNumber?, let rightNumber?) where leftNumber != rightNumber: return leftNumber < rightNumber
            case (_?, nil): return true
            case (nil, _?): return false
            // One number written in two ways makes two versions, and one of them comes first.
            case (_?, _?), (nil, nil): return left.utf8.lexicographicallyPrecedes(right.utf8)
            }
        }
        return leftFields.count < rightFields.count
    }
}

extension ServerVersion: CustomStringConvertible {
    public var description: String {
        "\(major).\(minor).\(patch)" + (prerelease.map { "-\($0)" } ?? "")
    }
}
