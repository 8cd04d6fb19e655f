// Unsafe file: owns raw memory that is overwritten before it is given back.
// Invariant: `base` points to `capacity` bytes that only this object knows, of which the first `count` are initialised.
// They are written in `init` alone; from then on they are only read, until `deinit` overwrites all of them.

/// Bytes that must not outlive their use: overwritten with zeros when the last reference goes, never shown in a
/// description, never copied by the library except into another one of these.
///
/// What a caller read them from (a string, an array, a page of the file cache) is the caller's to forget.
///
/// Sendable although unchecked: the bytes are constant between `init` and `deinit`, so any thread may read them.
@safe
package final class SecretBytes: @unchecked Sendable {
    private let base: UnsafeMutablePointer<UInt8>
    private let capacity: Int
    package let count: Int

    /// Lets `fill` write up to `capacity` bytes. What it wrote before it threw is overwritten as well.
    package init<Failure: Error>(
        capacity: Int, fill: (inout OutputSpan<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        self.capacity = max(1, capacity)
        unsafe base = UnsafeMutablePointer<UInt8>.allocate(capacity: self.capacity)
        let room = unsafe UnsafeMutableBufferPointer(start: base, count: self.capacity)
        var output = unsafe OutputSpan<UInt8>(buffer: room, initializedCount: 0)
        do throws(Failure) {
            try fill(&output)
        } catch {
            _ = unsafe output.finalize(for: room)
            unsafe Self.overwrite(base, count: self.capacity)
            unsafe base.deallocate()
            throw error
        }
        count = unsafe output.finalize(for: room)
    }

    package convenience init(copying bytes: Span<UInt8>) {
        self.init(capacity: bytes.count) { output in
            for index in bytes.indices { output.append(bytes[index]) }
        }
    }

    deinit {
        unsafe Self.overwrite(base, count: capacity)
        unsafe base.deallocate()
    }

    /// The bytes, for as long as the reference is borrowed.
    package var span: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let bytes = unsafe UnsafeBufferPointer(start: base, count: count)
            let span = unsafe Span(_unsafeElements: bytes)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// Writes zeros. Not optimised, so that the compiler can't drop the writes for being the last ones: it may only
    /// reason about functions whose code it looks into.
    @_optimize(none)
    @inline(never)
    internal static func overwrite(_ base: UnsafeMutablePointer<UInt8>, count: Int) {
        var index = 0
        while index < count {
            unsafe base[index] = 0
            index &+= 1
        }
    }
}

/// Descriptions show the length at most.
extension SecretBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "\(count) secret bytes" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
