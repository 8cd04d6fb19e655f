// Certificates as OpenSSL holds them. Unsafe invariant: `pointer` holds one reference, given back in deinit; texts are copied
// before OpenSSL's memory is freed.
internal import COpenSSL
internal import Glibc

/// One certificate.
@safe final class X509Certificate {
    let pointer: OpaquePointer

    /// Takes over the caller's reference.
    init(owning pointer: OpaquePointer) { unsafe self.pointer = unsafe pointer }

    deinit { unsafe X509_free(pointer) }

    var summary: TLSCertificateSummary { unsafe Self.summary(of: pointer) }

    static func summary(of certificate: OpaquePointer) -> TLSCertificateSummary {
        TLSCertificateSummary(
            subject: unsafe name(X509_get_subject_name(certificate)),
            issuer: unsafe name(X509_get_issuer_name(certificate)),
            names: unsafe alternativeNames(certificate),
            notBefore: unsafe time(X509_get0_notBefore(certificate)),
            notAfter: unsafe time(X509_get0_notAfter(certificate)),
            serialNumber: unsafe serialNumber(certificate))
    }

    /// `CN=nats-1, O=Example`; control characters of hostile certificates are escaped.
    private static func name(_ name: OpaquePointer?) -> String {
        unsafe text { bio in unsafe X509_NAME_print_ex(bio, name, 0, copenssl_name_flags) >= 0 }
    }

    private static func alternativeNames(_ certificate: OpaquePointer) -> [String] {
        let index = unsafe X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1)
        guard index >= 0, let part = unsafe X509_get_ext(certificate, index) else { return [] }
        let printed = unsafe text { bio in unsafe X509V3_EXT_print(bio, part, 0, 0) == 1 }
        return printed.split(separator: ",").map { entry in
            var name = entry.drop { $0 == " " }
            for prefix in ["DNS:", "IP Address:"] where name.hasPrefix(prefix) { name = name.dropFirst(prefix.count) }
            return String(name)
        }
    }

    private static func time(_ time: UnsafePointer<ASN1_TIME>?) -> String {
        var fields = unsafe tm()
        guard unsafe ASN1_TIME_to_tm(time, &fields) == 1 else { return "?" }
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let day = unsafe "\(fields.tm_year + 1900)-\(two(fields.tm_mon + 1))-\(two(fields.tm_mday))"
        return unsafe "\(day)T\(two(fields.tm_hour)):\(two(fields.tm_min)):\(two(fields.tm_sec))Z"
    }

    private static func serialNumber(_ certificate: OpaquePointer) -> String {
        unsafe text { bio in unsafe i2a_ASN1_INTEGER(bio, X509_get0_serialNumber(certificate)) > 0 }
    }

    /// What `write` puts into a BIO; a question mark when it fails.
    private static func text(_ write: (OpaquePointer) -> Bool) -> String {
        guard let bio = unsafe BIO_new(BIO_s_mem()) else { return "?" }
        defer { unsafe BIO_free(bio) }
        guard unsafe write(bio) else {
            OpenSSLErrors.clear()
            return "?"
        }
        var contents: UnsafePointer<CChar>?
        let count = unsafe copenssl_memory_contents(bio, &contents)
        let bytes = unsafe UnsafeRawBufferPointer(start: contents, count: count)
        return unsafe String(decoding: bytes, as: UTF8.self)
    }
}
