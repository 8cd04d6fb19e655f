import Foundation

/// The working copy that these tests were built from.
package enum Repository {
    /// The folder that holds Package.swift.
    package static let root: String = {
        var url = URL(fileURLWithPath: #filePath)
        while url.pathComponents.count > 1 {
            url.deleteLastPathComponent()
            let manifest = url.appendingPathComponent("Package.swift").path
            if FileManager.default.fileExists(atPath: manifest) { return url.path }
        }
        return FileManager.default.currentDirectoryPath
    }()

    package struct ListingFailed: Error, CustomStringConvertible {
        package let description: String
    }

    /// Files that git tracks or would track, relative to the root.
    package static func files() throws -> [String] {
        let arguments = ["git", "-C", root, "ls-files", "--cached", "--others", "--exclude-standard"]
        let listing = try CommandOutput.of("/usr/bin/env", arguments)
        guard listing.isSuccess else { throw ListingFailed(description: listing.text) }
        let names = Set(listing.text.split(separator: "\n").map(String.init))
        return names.filter { FileManager.default.fileExists(atPath: root + "/" + $0) }.sorted()
    }

    /// A file's text; its path is relative to the root.
    package static func text(of file: String) throws -> String {
        try String(contentsOfFile: root + "/" + file, encoding: .utf8)
    }
}
