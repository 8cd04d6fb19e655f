// Which loop owns the calling thread. Unsafe invariant: the pointer is only compared, never followed.
internal import CReactor

enum LoopIdentity {
    static func claimThread(for owner: LoopPort) {
        unsafe creactor_set_thread_owner(Unmanaged.passUnretained(owner).toOpaque())
    }

    static func isOwner(_ owner: LoopPort) -> Bool {
        unsafe creactor_thread_owner() == UnsafeRawPointer(Unmanaged.passUnretained(owner).toOpaque())
    }
}
