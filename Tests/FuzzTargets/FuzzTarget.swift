import NATSProtocol

/// Code that takes bytes from outside, together with what must hold whatever the bytes are.
package protocol FuzzTarget: SendableMetatype {
    static var name: String { get }
    /// The longest input that is worth a try.
    static var byteCountMax: Int { get }
    /// Throws what doesn't hold. A trap is a finding too.
    static func run(_ input: Span<UInt8>) throws(FuzzFinding)
}

extension FuzzTarget {
    package static var byteCountMax: Int { 1024 }
}

/// What must hold and doesn't.
package struct FuzzFinding: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

func expect(_ condition: Bool, _ claim: @autoclosure () -> String) throws(FuzzFinding) {
    guard !condition else { return }
    throw FuzzFinding(claim())
}

func expectEqual<Value: Equatable>(
    _ found: Value, _ expected: Value, _ claim: @autoclosure () -> String
) throws(FuzzFinding) {
    guard found != expected else { return }
    throw FuzzFinding("\(claim()): found \(found), expected \(expected)")
}

/// What a call returns; nil when it throws an error, which must be able to describe itself.
func attempt<Value: ~Copyable, Failure: Error>(_ body: () throws(Failure) -> Value) -> Value? {
    do throws(Failure) {
        return try body()
    } catch {
        _ = "\(error)"
        return nil
    }
}

extension RandomSource {
    /// Chance that belongs to this input: the same whenever it is run, so that a finding needs no more than its bytes.
    init(belongingTo input: Span<UInt8>) {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in input.indices { hash = (hash ^ UInt64(input[index])) &* 0x100_0000_01B3 }
        self.init(seed: hash)
    }

    mutating func flip() -> Bool { next() & 1 == 0 }
}

extension Span<UInt8> {
    /// The input as text, as far as it is UTF-8.
    var text: String { String(repairing: self) }
}
