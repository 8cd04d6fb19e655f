import CNATSBytes
import Glibc
import TestSupport
import Testing

/// The byte functions read and write wider than they are asked to, but nowhere else than they say.
@Suite("Byte functions stay inside their bytes")
struct ByteBoundsTests {
    // MARK: Writing

    @Test("Copying a subject writes no further than 16 bytes behind it, for every length")
    func copiedSubject() {
        for count in 0...80 {
            unsafe Self.expectBoundedWrites(count) { unsafe cnatsbytes_copy_subject($0, $1, count) }
        }
    }

    @Test("Copying a name writes no further than 16 bytes behind it, for every length")
    func copiedName() {
        for count in 0...32 {
            unsafe Self.expectBoundedWrites(count) { to, from in
                unsafe cnatsbytes_copy_name(to, from, count)
                return true
            }
        }
    }

    private static func expectBoundedWrites(
        _ count: Int, _ copy: (UnsafeMutableRawPointer, UnsafeRawPointer) -> Bool
    ) {
        let source = [UInt8](repeating: 0x61, count: max(count, 1))
        var target = [UInt8](repeating: 0xEE, count: 16 + count + 32)
        let isSound = unsafe target.withUnsafeMutableBytes { to in
            unsafe source.withUnsafeBytes { from in
                guard let to = to.baseAddress, let from = from.baseAddress else { return false }
                return unsafe copy(to + 16, from)
            }
        }
        #expect(isSound)
        #expect(target[..<16].allSatisfy { $0 == 0xEE }, "in front of \(count) bytes")
        #expect(target[16..<16 + count].allSatisfy { $0 == 0x61 }, "\(count) bytes")
        #expect(target[(16 + count + 16)...].allSatisfy { $0 == 0xEE }, "behind \(count) bytes")
    }

    // MARK: Reading

    @Test("One byte too many would be noticed")
    func guardedPage() throws {
        let page = try GuardedPage()
        let status = unsafe page.run(1...2) { bytes, _ in unsafe cnatsbytes_load16(bytes) == 0x6161 }
        #expect(status == -SIGSEGV)
        #expect(page.lastLength == 1)
    }

    @Test("Copying a subject reads no byte behind it")
    func readSubject() throws {
        try unsafe Self.expectBoundedReads(0...80) { bytes, count in
            unsafe withUnsafeTemporaryAllocation(byteCount: 128, alignment: 16) {
                unsafe cnatsbytes_copy_subject($0.baseAddress, bytes, count)
            }
        }
    }

    @Test("Copying a name reads no byte behind it")
    func readName() throws {
        try unsafe Self.expectBoundedReads(0...32) { bytes, count in
            unsafe withUnsafeTemporaryAllocation(byteCount: 128, alignment: 16) { target in
                unsafe cnatsbytes_copy_name(target.baseAddress, bytes, count)
                return unsafe count == 0 || target[count - 1] == 0x61
            }
        }
    }

    @Test("Looking for blanks reads no byte behind the last")
    func blanks() throws {
        try unsafe Self.expectBoundedReads(0...160) { bytes, count in unsafe cnatsbytes_first_blank(bytes, count) == count }
        try unsafe Self.expectBoundedReads(16...160) { bytes, count in unsafe cnatsbytes_blanks64(bytes, count) == 0 }
        try unsafe Self.expectBoundedReads(16...16) { bytes, _ in unsafe cnatsbytes_blanks16(bytes) == 0 }
    }

    @Test("Looking for a line end reads no byte behind the last")
    func lineEnd() throws {
        try unsafe Self.expectBoundedReads(0...160) { bytes, count in
            unsafe cnatsbytes_first_line_end(bytes, count) == count
        }
    }

    @Test("Keeping and recognising the beginning of a line reads no byte behind it")
    func prefix() throws {
        try unsafe Self.expectBoundedReads(16...64) { bytes, count in
            var prefix = cnatsbytes_prefix()
            unsafe cnatsbytes_keep_prefix(&prefix, bytes, count)
            return unsafe cnatsbytes_repeats(&prefix, bytes)
        }
    }

    @Test("A beginning is recognised by all of its bytes and by no other")
    func everyByteCounts() {
        for count in 16...64 {
            let line = (0..<count).map { UInt8(0x21 + $0) }
            var prefix = cnatsbytes_prefix()
            unsafe line.withUnsafeBytes { unsafe cnatsbytes_keep_prefix(&prefix, $0.baseAddress, count) }
            for place in 0..<count {
                var other = line
                #expect(unsafe other.withUnsafeBytes { unsafe cnatsbytes_repeats(&prefix, $0.baseAddress) })
                other[place] ^= 1
                #expect(unsafe other.withUnsafeBytes { unsafe !cnatsbytes_repeats(&prefix, $0.baseAddress) })
            }
        }
    }

    private static func expectBoundedReads(
        _ lengths: ClosedRange<Int>, sourceLocation: SourceLocation = #_sourceLocation,
        _ read: (UnsafeRawPointer, Int) -> Bool
    ) throws {
        let page = try GuardedPage()
        let status = unsafe page.run(lengths, read)
        #expect(status == 0, "at a length of \(page.lastLength)", sourceLocation: sourceLocation)
    }
}

/// Bytes (all of them "a") at the end of a page, behind which nothing may be read. Shared with forked children.
@safe
private final class GuardedPage {
    private static let size = sysconf(Int32(_SC_PAGESIZE))
    private let base: UnsafeMutableRawPointer

    init() throws {
        let mapped = unsafe mmap(nil, 2 * Self.size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)
        try unsafe base = #require(unsafe mapped != MAP_FAILED ? mapped : nil)
        unsafe memset(base, 0x61, Self.size)
        #expect(unsafe mprotect(base + Self.size, Self.size, PROT_NONE) == 0)
    }

    deinit { unsafe munmap(base, 2 * Self.size) }

    /// What the child that ran last has begun with.
    var lastLength: Int { unsafe base.load(as: Int.self) }

    /// Runs `read` with the last bytes, of each length, in a forked child: 0 when all is well, 1 when `read` says
    /// no, and the negative number of the signal that has ended the child.
    func run(_ lengths: ClosedRange<Int>, _ read: (UnsafeRawPointer, Int) -> Bool) -> Int32 {
        ForkedChild.run {
            signal(SIGSEGV, SIG_DFL)
            for length in lengths {
                unsafe base.storeBytes(of: length, as: Int.self)
                guard unsafe read(base + Self.size - length, length) else { return 1 }
            }
            return 0
        }
    }
}
