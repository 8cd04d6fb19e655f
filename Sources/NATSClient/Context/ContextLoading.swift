import NATSProtocol
import Reactor

/// Gives the bytes of a file; nil when there is none. Throws when it can't be read.
package typealias ContextFileReader = (_ path: String) throws -> [UInt8]?

extension ContextFile {
    /// The path of a context's file.
    ///
    /// Throws when nothing is selected though the selection is asked for. One that is selected but missing is an error when
    /// it is read, since the alternative were to connect somewhere else silently.
    package static func path(
        of context: NATSContext, _ environment: ClientEnvironment, readFile: ContextFileReader
    ) throws(ContextError) -> String {
        switch context {
        case .named(let name):
            ContextLocation.isPath(name)
                ? environment.expand(name) : try ContextLocation(environment).path(ofContext: name)
        case .selected:
            try selectedPath(ContextLocation(environment), readFile)
        }
    }

    /// Reads the file of a context.
    package static func load(path: String, readFile: ContextFileReader) throws(ContextError) -> ContextFile {
        guard var json = try read(path, readFile) else {
            throw ContextError(.notFound, "there is no context at '\(path)'")
        }
        // Passwords and tokens stand in it.
        defer { Secrets.wipe(&json) }
        do throws(ContextError) {
            return try ContextFile(parsing: json.span)
        } catch {
            throw ContextError(error.code, "\(error.message) ('\(path)')")
        }
    }

    private static func selectedPath(
        _ location: ContextLocation, _ readFile: ContextFileReader
    ) throws(ContextError) -> String {
        let bytes = try read(location.selectionPath, readFile) ?? []
        let name = String(repairing: bytes.span).trimming { $0.isWhitespace || $0.isNewline }
        guard !name.isEmpty else {
            throw ContextError(
                .notFound, "no context is selected ('\(location.selectionPath)'); select one with 'nats context select'")
        }
        return try location.path(ofContext: name)
    }

    private static func read(_ path: String, _ readFile: ContextFileReader) throws(ContextError) -> [UInt8]? {
        do {
            return try readFile(path)
        } catch {
            throw ContextError(.unreadable, "the file '\(path)' can't be read: \(error)")
        }
    }
}

extension String {
    fileprivate func trimming(_ isTrimmed: (Character) -> Bool) -> String {
        let start = drop(while: isTrimmed)
        guard let last = start.lastIndex(where: { !isTrimmed($0) }) else { return "" }
        return String(start[...last])
    }
}
