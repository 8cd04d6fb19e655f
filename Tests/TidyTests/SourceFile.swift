import Foundation
import TestSupport
import Testing

/// One text file of the repository, as the rules look at it.
struct SourceFile: Sendable {
    /// Relative to the root of the repository.
    let path: String
    let text: String
    let isExecutable: Bool
    /// The text by line, and the same lines with comments and the insides of string literals blanked (Swift only).
    let lines: [String]
    let codeLines: [String]
    /// The blanked text as bytes.
    let code: [UInt8]
    /// Where the lines of `code` begin.
    private let lineStarts: [Int]

    init(path: String, text: String, isExecutable: Bool = false) {
        self.path = path
        self.text = text
        self.isExecutable = isExecutable
        lines = Self.split(Array(text.utf8))
        code = path.hasSuffix(".swift") ? SwiftMask.masked(text) : []
        codeLines = Self.split(code)
        var starts = [0]
        for line in codeLines { starts.append(starts[starts.count - 1] + line.utf8.count + 1) }
        lineStarts = starts
    }

    var isSwift: Bool { path.hasSuffix(".swift") }
    var isSource: Bool { path.hasPrefix("Sources/") }
    var isTest: Bool { path.hasPrefix("Tests/") }

    /// `NATSProtocol` for `Sources/NATSProtocol/Frame/FrameKind.swift`.
    var module: String? {
        let parts = path.split(separator: "/")
        return parts.count >= 3 && parts[0] == "Sources" ? String(parts[1]) : nil
    }

    /// Number of the line (from 1) in which this byte of `code` stands.
    func line(ofByte index: Int) -> Int {
        var range = lineStarts.startIndex..<lineStarts.endIndex
        while range.count > 1 {
            let middle = range.lowerBound + range.count / 2
            range = lineStarts[middle] <= index ? middle..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound + 1
    }

    private static func split(_ bytes: [UInt8]) -> [String] {
        bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }
}

extension SourceFile {
    /// Every text file that git tracks or would track.
    static let all: [SourceFile] = {
        let paths = (try? Repository.files()) ?? []
        return paths.compactMap { path in
            let absolute = Repository.root + "/" + path
            guard let data = FileManager.default.contents(atPath: absolute), data.count < 1_000_000,
                let text = String(data: data, encoding: .utf8)
            else { return nil }
            let isExecutable = FileManager.default.isExecutableFile(atPath: absolute)
            return SourceFile(path: path, text: text, isExecutable: isExecutable)
        }
    }()
}

/// A place that breaks a rule.
struct Finding: Sendable, Equatable, CustomStringConvertible {
    let path: String
    let line: Int
    let message: String

    var description: String { "\(path):\(line): \(message)" }
}

/// One rule of the house that a machine can check.
protocol TidyRule: Sendable, CustomTestStringConvertible {
    func findings(in file: SourceFile) -> [Finding]
}
