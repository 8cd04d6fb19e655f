internal import CReactor

/// Which loop owns the calling thread: the address of its port, only ever compared.
enum LoopIdentity {
    static func claimThread(for owner: LoopPort) {
        creactor_set_thread_owner(UInt(bitPattern: ObjectIdentifier(owner)))
    }

    static func releaseThread() { creactor_set_thread_owner(0) }

    static func isOwner(_ owner: LoopPort) -> Bool {
        creactor_thread_owner() == UInt(bitPattern: ObjectIdentifier(owner))
    }
}
