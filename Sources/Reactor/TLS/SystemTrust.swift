// Where OpenSSL finds what the system trusts. Unsafe invariant: OpenSSL's constant texts are copied.
internal import COpenSSL

/// The certificate authorities of the system: a bundle, and a folder of single ones.
struct SystemTrust {
    let bundle: String
    let folder: String

    /// As the environment says, else as OpenSSL was built.
    static var current: SystemTrust {
        SystemTrust(
            bundle: unsafe place(X509_get_default_cert_file_env(), X509_get_default_cert_file()),
            folder: unsafe place(X509_get_default_cert_dir_env(), X509_get_default_cert_dir()))
    }

    private static func place(_ variable: UnsafePointer<CChar>?, _ builtIn: UnsafePointer<CChar>?) -> String {
        let variable = unsafe variable.map { unsafe String(cString: $0) } ?? ""
        return unsafe CText.environmentValue(variable) ?? builtIn.map { unsafe String(cString: $0) } ?? ""
    }

    /// Changes when the bundle is replaced or written, and when a file of the folder comes or goes. A file of the folder that is
    /// overwritten in its place goes unnoticed: tools that maintain such folders don't do that.
    var fingerprint: [UInt8] {
        Array([bundle, folder].map { "\($0) \(FileVersion($0).map { "\($0)" } ?? "none")" }.joined(separator: "\n").utf8)
    }
}
