import Glibc
import TestSupport
import Testing

@testable import Reactor

/// Certificates, keys, credentials and contexts come through here.
@Suite(.timeLimit(.minutes(1))) struct FileReaderTests {
    @Test func aFileIsReadWhole() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let text = String(repeating: "0123456789", count: 10_000)
        try folder.write(text, to: "file")
        #expect(try FileReader.read(folder.file("file"), sizeMaximum: 100_000) == Array(text.utf8))
        #expect(throws: SystemError(operation: "read", errno: EFBIG)) {
            try FileReader.read(folder.file("file"), sizeMaximum: 99_999)
        }
    }

    /// Opening a FIFO that nobody writes to would block for ever.
    @Test func whatIsNoRegularFileIsRefusedAtOnce() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let fifo = folder.file("fifo")
        let made = unsafe mkfifo(fifo, 0o600)
        #expect(made == 0)
        for path in [fifo, "/dev/zero"] {
            let error = #expect(throws: SystemError.self) { try FileReader.read(path, sizeMaximum: 1 << 20) }
            #expect(error?.message == "it isn't a regular file")
        }
    }

    @Test func aDirectoryIsRefusedAsOne() throws {
        let error = #expect(throws: SystemError.self) { try FileReader.read("/", sizeMaximum: 1) }
        #expect(error?.errno == EISDIR)
    }
}
