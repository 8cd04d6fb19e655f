import Foundation

/// A folder that is removed with its owner.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() throws {
        let parent = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
        let url = parent.appendingPathComponent("swift-nats-test-\(getpid())-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { remove() }

    package func remove() { try? FileManager.default.removeItem(atPath: path) }

    package func file(_ name: String) -> String { path + "/" + name }

    /// The text of a file in the folder; empty when there is none.
    package func text(of name: String) -> String {
        // Not by FileManager: of an empty file it leaks its buffer.
        let data = try? FileHandle(forReadingAtPath: file(name))?.readToEnd()
        return String(decoding: data ?? Data(), as: UTF8.self)
    }

    /// Writes a file, and makes the folders on the way to it.
    package func write(_ text: String, to name: String) throws {
        let url = URL(fileURLWithPath: file(name))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    /// Writes an executable file and returns its path.
    package func writeScript(_ text: String, to name: String) throws -> String {
        try write(text, to: name)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: file(name))
        return file(name)
    }
}
