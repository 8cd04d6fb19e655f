// Sessions that a later handshake can resume. Unsafe invariant: `pointer` holds one reference to a session, given back in
// deinit.
internal import COpenSSL
internal import Synchronization

/// One session. Sendable although unchecked: OpenSSL counts its references atomically, and nobody changes it.
@safe private final class TLSSession: @unchecked Sendable {
    let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) { unsafe self.pointer = unsafe pointer }

    deinit { unsafe SSL_SESSION_free(pointer) }

    var canResume: Bool { unsafe SSL_SESSION_is_resumable(pointer) == 1 }
    var isForOneUse: Bool { unsafe SSL_SESSION_get_protocol_version(pointer) >= TLS1_3_VERSION }
}

/// The last session of each server. A session belongs to the context that made it: it carries the verdict on the server's
/// certificate, so it must not outlive the trust roots that led to it.
final class TLSSessionCache: Sendable {
    private let sessions = Mutex<[String: TLSSession]>([:])

    /// Keeps a session; takes over the caller's reference.
    func store(_ pointer: OpaquePointer, key: String) {
        let session = unsafe TLSSession(owning: pointer)
        sessions.withLock { sessions in
            if sessions.count >= TLSLimits.rememberedSessionsMaximum, sessions[key] == nil, let any = sessions.keys.first {
                sessions[any] = nil
            }
            sessions[key] = session
        }
    }

    /// Offers the server's last session in the handshake that begins. A ticket of TLS 1.3 is used once, so that nobody can
    /// link two connections by it (RFC 8446, C.4).
    func offer(key: String, to ssl: OpaquePointer) {
        let session: TLSSession? = sessions.withLock { sessions in
            guard let session = sessions[key] else { return nil }
            if session.isForOneUse || !session.canResume { sessions[key] = nil }
            return session.canResume ? session : nil
        }
        if let session { unsafe SSL_set_session(ssl, session.pointer) }
    }

    var count: Int { sessions.withLock { $0.count } }
}
