// Memory-safety fence: a ring of unretained block references whose retain counts are kept by hand, in bulk.
//
// Invariant: each entry between head and head + count owns exactly one retain of its block. `append` is told by its
// caller that the retains were made; `popFirst` hands one to the `Message` that it returns; `removeAll` and deinit
// release the rest. All retains happen in an opaque C call before the ring's lock is released, so a consumer on
// another thread never sees a reference ahead of its retain (Docs/Decisions/0002).

import CReactor
import Reactor

/// What a ring holds for each message: 32 trivial bytes.
@safe
struct MessageEntry: BitwiseCopyable {
    var block: Unmanaged<ReceiveBlock>
    var layout: MessageLayout
}

/// A growable ring buffer of messages. Allocation-free once it has grown to the traffic's size.
@safe
struct MessageRing: ~Copyable {
    private var entries: UnsafeMutablePointer<MessageEntry>?
    private var capacity = 0
    private var head = 0
    private(set) var count = 0

    init() { unsafe entries = nil }

    deinit {
        releaseAll()
        unsafe entries?.deallocate()
    }

    /// Appends messages of one block, and retains the block once for each.
    mutating func append(_ layouts: Span<MessageLayout>, of block: ReceiveBlock) {
        let added = layouts.count
        guard added > 0 else { return }
        reserve(count + added)
        guard let entries = unsafe entries else { return }
        let reference = unsafe Unmanaged.passUnretained(block)
        unsafe creactor_retain_n(reference.toOpaque(), UInt32(truncatingIfNeeded: added))
        let mask = capacity &- 1
        var slot = (head &+ count) & mask
        for index in 0..<added {
            unsafe entries[slot] = MessageEntry(block: reference, layout: layouts[index])
            slot = (slot &+ 1) & mask
        }
        count &+= added
    }

    mutating func popFirst() -> Message? {
        guard count > 0, let entries = unsafe entries else { return nil }
        let entry = unsafe entries[head]
        head = (head &+ 1) & (capacity &- 1)
        count &-= 1
        return Message(block: unsafe entry.block.takeRetainedValue(), layout: entry.layout)
    }

    /// One message, retained once more; it stays in the ring.
    func message(at index: Int) -> Message {
        precondition(index >= 0 && index < count, "index out of range")
        // There is memory, since there is a message.
        let entry = unsafe entries.unsafelyUnwrapped[(head &+ index) & (capacity &- 1)]
        return Message(block: unsafe entry.block.takeUnretainedValue(), layout: entry.layout)
    }

    /// Charged bytes of the oldest message.
    var firstChargedBytes: Int {
        guard count > 0, let entries = unsafe entries else { return 0 }
        return unsafe entries[head].layout.chargedBytes
    }

    mutating func removeAll() {
        releaseAll()
        head = 0
        count = 0
    }

    /// Releases every entry, runs of the same block in one call.
    private func releaseAll() {
        guard let entries = unsafe entries else { return }
        var index = 0
        while index < count {
            let block = unsafe entries[(head &+ index) & (capacity &- 1)].block.toOpaque()
            var run = 1
            while index &+ run < count,
                unsafe entries[(head &+ index &+ run) & (capacity &- 1)].block.toOpaque() == block
            {
                run &+= 1
            }
            unsafe creactor_release_n(block, UInt32(truncatingIfNeeded: run))
            index &+= run
        }
    }

    private mutating func reserve(_ needed: Int) {
        guard needed > capacity else { return }
        var grown = max(capacity, 16)
        while grown < needed { grown *= 2 }
        let fresh = UnsafeMutablePointer<MessageEntry>.allocate(capacity: grown)
        if let old = unsafe entries {
            for index in 0..<count {
                unsafe fresh[index] = unsafe old[(head &+ index) & (capacity &- 1)]
            }
            unsafe old.deallocate()
        }
        unsafe entries = fresh
        capacity = grown
        head = 0
    }
}
