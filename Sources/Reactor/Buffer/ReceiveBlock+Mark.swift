// A byte of a block that is written after the block was handed out.
//
// Invariant: the offset is that of a byte which belongs to no span that was handed out or will be, such as the line end behind
// a message that was decoded; it is only touched by these functions, each of which is one atomic step.
internal import CReactor

extension ReceiveBlock {
    /// Replaces the byte at `offset` in one step, from any thread. Returns the one before; `byte` itself outside of the block.
    package func exchangeMark(_ byte: UInt8, at offset: Int) -> UInt8 {
        guard offset >= 0, offset < capacity else { return byte }
        return unsafe creactor_exchange_byte(base + offset, byte)
    }

    /// The byte at `offset`; zero outside of the block.
    package func mark(at offset: Int) -> UInt8 {
        guard offset >= 0, offset < capacity else { return 0 }
        return unsafe creactor_load_byte(base + offset)
    }
}
