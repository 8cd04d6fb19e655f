/// Reads a whole file of the configuration.
enum PEMFile {
    /// A bundle of all public authorities has 250 KB.
    private static let sizeMaximum = 16 << 20

    /// The bytes of a file. Those of a key are wiped by whoever asked for them.
    static func read(_ path: String) throws(TLSError) -> [UInt8] {
        do throws(SystemError) {
            return try FileReader.read(path, sizeMaximum: sizeMaximum)
        } catch {
            throw TLSError(.fileUnreadable, "\(path) can't be read").with {
                $0.file = path
                $0.underlying = error
            }
        }
    }
}
