/// Somebody who waits for exactly one outcome: a reply, a fence, room in a buffer.
package struct Waiter: Sendable {
    package let id: WaiterID
    /// What is waited for; the table's owner gives it a meaning.
    package let kind: UInt8
    /// Whom to wake, such as the bits of a continuation; the table's owner gives it a meaning.
    package let bits: UInt
    /// The subject that is concerned; empty when there is none.
    package let subject: String
}
