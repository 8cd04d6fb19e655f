import Foundation
import MutationKit

/// A copy of the repository in which the client has every defect, each behind its switch.
struct ScratchTree {
    private let tree: URL
    private let scratch: URL

    init(root: URL) {
        tree = root.appendingPathComponent("tree")
        scratch = root.appendingPathComponent("build")
    }

    /// Files that are as they were stay untouched, so that the build is incremental.
    func write(_ set: MutationSet) throws {
        let folders = ["Package.swift", "Sources", "Tests", "Examples"]
        let arguments = ["git", "ls-files", "--cached", "--others", "--exclude-standard"] + folders
        let listing = try run(arguments)
        var paths: Set<String> = []
        for path in listing.split(separator: "\n").map(String.init) {
            guard var data = FileManager.default.contents(atPath: path) else { continue }
            if set.paths.contains(path) { data = Data(try set.switchable(String(decoding: data, as: UTF8.self), at: path).utf8) }
            try write(data, to: path, &paths)
        }
        let missing = set.paths.subtracting(paths)
        guard missing.isEmpty else { throw Failure("there is no \(missing.sorted().joined(separator: ", "))") }
        for module in Set(set.paths.map { $0.split(separator: "/").prefix(2).joined(separator: "/") }) {
            try write(Data(MutationSet.switchSource.utf8), to: module + "/ActiveMutation.swift", &paths)
        }
        try removeOthers(than: paths)
    }

    /// - Returns: the executable that hunts.
    func build() throws -> URL {
        say("Building in release (some minutes the first time)")
        let place = ["--package-path", tree.path, "--scratch-path", scratch.path]
        let command = ["swift", "build", "-c", "release", "--product", "hunt"] + place
        _ = try run(command)
        let folder = try run(["swift", "build", "-c", "release", "--show-bin-path"] + place)
        return URL(fileURLWithPath: folder.trimmingCharacters(in: .whitespacesAndNewlines)).appendingPathComponent("hunt")
    }

    private func write(_ data: Data, to path: String, _ paths: inout Set<String>) throws {
        paths.insert(path)
        let file = tree.appendingPathComponent(path)
        if FileManager.default.contents(atPath: file.path) == data { return }
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: file)
    }

    private func removeOthers(than paths: Set<String>) throws {
        for case let path as String in FileManager.default.enumerator(atPath: tree.path) ?? .init() {
            let file = tree.appendingPathComponent(path)
            guard try file.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == false else { continue }
            if !paths.contains(path), !path.hasPrefix("."), path != "Package.resolved" {
                try FileManager.default.removeItem(at: file)
            }
        }
    }

    private func run(_ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure("\(arguments.joined(separator: " ")) failed:\n\(text.suffix(4_000))")
        }
        return text
    }
}
