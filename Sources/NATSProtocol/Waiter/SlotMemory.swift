// Unsafe file: owns raw memory.
// Invariant: `base` points to room for `capacity` elements that only this value knows, of which the first `count` are
// initialised, and 0 <= count <= capacity. Every index is checked against `count`.

/// Numbered slots with one owner: an array without reference counts, copies on write and checks of uniqueness.
///
/// Reading and changing a slot in place costs a comparison and an access. Only `append` allocates, amortised O(1).
@safe
struct SlotMemory<Element>: ~Copyable {
    private var base: UnsafeMutablePointer<Element>
    private var capacity: Int
    private(set) var count = 0

    init(minimumCapacity: Int = 16) {
        capacity = max(1, minimumCapacity)
        unsafe base = .allocate(capacity: capacity)
    }

    deinit {
        unsafe base.deinitialize(count: count)
        unsafe base.deallocate()
    }

    /// The slot itself, in place: an address, which the caller's access keeps from outliving this value.
    subscript(index: Int) -> Element {
        @inline(__always) unsafeAddress {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            return unsafe UnsafePointer(base + index)
        }
        @inline(__always) unsafeMutableAddress {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            return unsafe base + index
        }
    }

    mutating func append(_ element: Element) {
        if count == capacity { grow() }
        unsafe (base + count).initialize(to: element)
        count &+= 1
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
        unsafe larger.moveInitialize(from: base, count: count)
        unsafe base.deallocate()
        unsafe base = larger
        capacity *= 2
    }
}

/// Sendable although unchecked: the memory is reachable only through this noncopyable value, so handing the value over
/// hands over the slots, and elements that are Sendable may go with them.
extension SlotMemory: @unchecked Sendable where Element: Sendable {}
