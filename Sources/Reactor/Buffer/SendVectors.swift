// What a send points at. Unsafe invariant: the pointers are only stored here; whoever sends keeps the memory alive until
// `streamDidSend` or `streamDidClose`.
internal import CReactor

/// Up to eight pieces of memory that leave in one send.
@safe package struct SendVectors {
    /// The most pieces of one send.
    package static var capacity: Int { 8 }

    private(set) package var count = 0
    private var pieces: InlineArray<8, creactor_piece>

    package init() {
        unsafe pieces = InlineArray(repeating: creactor_piece())
    }

    package init(_ bytes: UnsafeRawBufferPointer) {
        self.init()
        unsafe append(bytes)
    }

    /// Adds a piece; false when there is no room. An empty piece is left out.
    @discardableResult
    package mutating func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard unsafe !bytes.isEmpty else { return true }
        guard count < Self.capacity else { return false }
        unsafe pieces[count] = creactor_piece(base: bytes.baseAddress, length: bytes.count)
        count += 1
        return true
    }

    package subscript(index: Int) -> UnsafeRawBufferPointer {
        let piece = unsafe pieces[index]
        return unsafe UnsafeRawBufferPointer(start: piece.base, count: piece.length)
    }

    /// The pieces as the kernel wants them; valid during the call.
    borrowing func withPieces<Result>(_ body: (UnsafePointer<creactor_piece>?, Int) -> Result) -> Result {
        let count = count
        return unsafe pieces.span.withUnsafeBufferPointer { unsafe body($0.baseAddress, count) }
    }

    package var byteCount: Int {
        var total = 0
        for index in 0..<count { unsafe total += pieces[index].length }
        return total
    }
}
