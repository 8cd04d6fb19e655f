import Foundation
import TestSupport

/// The public calls that can suspend, as the source declares them: asynchronous functions, initialisers and properties, and
/// sequences.
///
/// A call is named by its type and the parameters that a user must write: by the type of one without a label, else by its label.
/// `NATSConnection.publish(String, [UInt8])`, `Subscription.next(timeout)`.
package enum PublicCalls {
    /// Those of the files below `Sources` whose paths satisfy `isIncluded`.
    package static func inSources(where isIncluded: (String) -> Bool) throws -> Set<String> {
        let files = try Repository.files().filter { $0.hasPrefix("Sources/") && $0.hasSuffix(".swift") && isIncluded($0) }
        return try files.reduce(into: []) { calls, file in
            calls.formUnion(named(in: try String(contentsOfFile: Repository.root + "/" + file, encoding: .utf8)))
        }
    }

    static func named(in source: String) -> Set<String> {
        var calls: Set<String> = []
        /// The types around a line, each with its indentation.
        var types: [(indentation: Int, name: String)] = []
        let lines = source.split(separator: "\n", omittingEmptySubsequences: false).filter {
            !$0.trimmingPrefix(while: \.isWhitespace).hasPrefix("//")
        }
        let typeDeclaration = /^\s*(?:public |final |package )*(?:extension|class|struct|enum|actor) ([\w.]+)/
        // What stands in a default value is no bracket.
        let text = /"[^"]*"/
        for (index, line) in lines.enumerated() {
            let indentation = line.prefix { $0 == " " }.count
            if line.contains(where: { $0 != " " }), line.last != "{" || !line.contains(")") {
                types.removeAll { $0.indentation >= indentation && !line.trimmingPrefix { $0 == " " }.hasPrefix(")") }
            }
            if let match = line.firstMatch(of: typeDeclaration) {
                types.removeAll { $0.indentation >= indentation }
                types.append((indentation, String(match.1)))
            }
            guard line.contains("public ") else { continue }
            let type = types.map(\.name).joined(separator: ".")
            // A declaration may go on for some lines.
            let declaration = lines[index..<min(index + 8, lines.count)].joined(separator: " ").replacing(text, with: "\"\"")
            if let call = call(in: declaration) { calls.insert("\(type).\(call)") }
        }
        return calls
    }

    private static func call(in declaration: String) -> String? {
        if declaration.contains(/^[^{=(]*public [^{=(]*var \w+: [^{=]*\{ *get async/) {
            return declaration.firstMatch(of: /var (\w+)/).map { String($0.1) }
        }
        let function = /^[^{]*?public (?:nonisolated\(nonsending\) )?[^{(]*?(?:func (\w+)|(init))(?:<[^>]*>)?\(/
        guard let start = declaration.firstMatch(of: function) else { return nil }
        let name = String(start.1 ?? start.2 ?? "")
        let (parameters, rest) = list(declaration[start.range.upperBound...])
        let effects = rest.prefix { $0 != "{" && $0 != "-" }.split { !$0.isLetter }
        guard effects.contains("async") || name == "makeAsyncIterator" else { return nil }
        return "\(name)(\(parameters.compactMap(mandatory).joined(separator: ", ")))"
    }

    /// The parameters up to the closing parenthesis, and what stands behind it.
    private static func list(_ text: Substring) -> (parameters: [String], rest: Substring) {
        var parameters = [""]
        var depth = 0
        for index in text.indices {
            switch text[index] {
            case ")" where depth == 0: return (parameters, text[text.index(after: index)...])
            case "," where depth == 0: parameters.append("")
            default:
                if "([<{".contains(text[index]) { depth += 1 }
                if ")]}".contains(text[index]) || text[index] == ">" && parameters.last?.last != "-" { depth -= 1 }
                parameters[parameters.count - 1].append(text[index])
            }
        }
        return (parameters, "")
    }

    private static func mandatory(_ parameter: String) -> String? {
        guard let colon = parameter.firstIndex(of: ":") else { return nil }
        let label = parameter[..<colon].split(separator: " ").first.map(String.init) ?? ""
        let type = parameter[parameter.index(after: colon)...]
        let plain = type.prefix { $0 != "=" }.trimmingCharacters(in: .whitespaces)
        if label == "_" { return plain.contains("->") ? "function" : plain }
        return type.contains("=") ? nil : label
    }
}
