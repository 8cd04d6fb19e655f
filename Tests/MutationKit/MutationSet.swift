package import Foundation

/// All defects of a folder, and a source tree that has every one of them, switched off.
package struct MutationSet {
    /// In the order of their names.
    package let mutations: [Mutation]

    package init(folder: URL) throws {
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        mutations = try files.filter { $0.pathExtension == "mutation" }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
            .map { file in
                let name = file.deletingPathExtension().lastPathComponent
                return try Mutation(name: name, text: String(contentsOf: file, encoding: .utf8))
            }
    }

    /// The files that mutations touch.
    package var paths: Set<String> { Set(mutations.flatMap(\.edits).map(\.path)) }

    /// The text of a file with every defect in it, each behind its switch.
    ///
    /// So one build is enough for all. An expression becomes a choice between two, a statement a branch; numbers are those of
    /// `mutations`.
    ///
    /// - Throws: when a mutation doesn't apply exactly once, or two change the same place.
    package func switchable(_ text: String, at path: String) throws(MutationError) -> String {
        var sites: [(site: MutationSite, number: Int, edit: Mutation.Edit)] = []
        for (number, mutation) in mutations.enumerated() {
            for edit in mutation.edits where edit.path == path {
                sites.append((try MutationSite(of: edit, named: mutation.name, in: text), number, edit))
            }
        }
        sites.sort { $0.site.range.lowerBound < $1.site.range.lowerBound }
        for (left, right) in zip(sites, sites.dropFirst()) where left.site.range.overlaps(right.site.range) {
            throw MutationError(mutations[right.number].name, "changes the same place as \(mutations[left.number].name)")
        }
        var result = text
        for (site, number, edit) in sites.reversed() {
            let original = text[site.range]
            let isOn = "activeMutation == \(number)"
            let replaced =
                site.isStatement
                ? "if \(isOn) {\n\(edit.replacement)\n} else {\n\(original)\n}"
                : "(\(isOn) ? (\(edit.replacement)) : (\(original)))"
            result.replaceSubrange(site.range, with: replaced)
        }
        return result
    }

    /// A file for each module with defects: which of them is switched on.
    package static let switchSource = """
        import Glibc

        /// The defect that this run has; -1: none.
        @usableFromInline let activeMutation = unsafe getenv("NATS_MUTATION").flatMap { unsafe Int(String(cString: $0)) } ?? -1
        """
}
