// How a forked child is recognised. Unsafe invariant: `marker` points to one byte that lives as long as this object; it
// is written once, before the object is shared, and zeroed by the kernel in a child.
internal import CReactor

/// One page that the kernel wipes in a forked child. Asking costs one load; no lock and no system call.
@usableFromInline
@safe final class ForkPage: @unchecked Sendable {
    @usableFromInline let marker: UnsafeMutablePointer<UInt8>
    private let isPage: Bool

    init() {
        if let page = unsafe creactor_wipe_on_fork_page() {
            unsafe marker = page.bindMemory(to: UInt8.self, capacity: 1)
            isPage = true
        } else {
            // No wipe-on-fork here (a kernel before 4.14): children are not recognised.
            unsafe marker = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)
            isPage = false
        }
        unsafe marker.pointee = 1
    }

    deinit {
        if isPage { unsafe creactor_free_page(marker) } else { unsafe marker.deallocate() }
    }

    @inlinable
    var isForkedChild: Bool { unsafe marker.pointee == 0 }
}
