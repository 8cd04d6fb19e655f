// OpenSSL's process-wide state and its queue of errors. Unsafe invariant: texts that OpenSSL owns are copied at once; the
// error queue belongs to the calling thread.
internal import COpenSSL

/// The library as a whole.
enum OpenSSLLibrary {
    /// Call before anything else: initialises OpenSSL without its atexit hook, which would race with threads that still run.
    static func prepare() { _ = isPrepared }

    private static let isPrepared = OPENSSL_init_ssl(copenssl_init_no_atexit, nil) == 1
}

/// The errors that OpenSSL has queued on this thread.
struct OpenSSLErrors {
    private(set) var texts: [String] = []
    /// The reasons of OpenSSL's TLS part, oldest first.
    private(set) var tlsReasons: [Int32] = []

    /// Takes everything that is queued.
    static func drain() -> OpenSSLErrors {
        var errors = OpenSSLErrors()
        while true {
            var data: UnsafePointer<CChar>?
            var flags: Int32 = 0
            let code = unsafe ERR_get_error_all(nil, nil, nil, &data, &flags)
            guard code != 0 else { return errors }
            errors.append(code, unsafe data.map { unsafe String(cString: $0) } ?? "")
        }
    }

    /// Forgets what older calls have left: the next failure is then described by its own errors only.
    static func clear() { ERR_clear_error() }

    private mutating func append(_ code: UInt, _ data: String) {
        let reason = Int32(truncatingIfNeeded: ERR_GET_REASON(code))
        if ERR_GET_LIB(code) == ERR_LIB_SSL { tlsReasons.append(reason) }
        var text = unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        if !data.isEmpty { text += " (\(data))" }
        texts.append(text)
    }

    /// The alert that the peer sent, if one is the reason.
    var receivedAlert: TLSAlert? {
        for reason in tlsReasons {
            let code = reason - copenssl_first_alert_reason
            if (0...255).contains(code) { return TLSAlert(code: UInt8(truncatingIfNeeded: code)) }
        }
        return nil
    }
}
